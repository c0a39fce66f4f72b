"""How an order is written, by whichever verb: filled in from the customer, its lines matched and priced, what is wrong, what is missing.

Lines keep their position: what is told for a position that exists changes that line, so that what refers to it goes on doing so.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.files import File
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, PaymentTerm
from accounts.vat import EUROPEAN
from catalog.actions.rows import faults, refuse
from catalog.models import CustomerItem
from kam.core import clock
from kam.core.documents import Document, attach_document, standard_type
from kam.core.money import convert, round_money
from kam.core.uploads import ScanState
from kam.core.workflow import Denied
from orders.models import Order, OrderLine, OrderSchedule
from orders.models.customer_orders import PURCHASE_ORDER
from orders.pricing import Question, price_all

HEAD = (
    "kind", "plant", "ship_to", "bill_to", "selling_location", "producing_location", "contact", "frame", "customer_reference",
    "customer_date", "received_at", "channel", "language", "currency", "payment_term", "incoterms", "incoterms_place",
    "incoterms_version", "offer", "agreement", "requested_on", "requested_type", "partial_allowed", "penalty_rate", "penalty_cap",
    "tolerance", "certificates", "packaging", "transport", "vat_treatment", "declaration_of_intent", "own_terms", "notes",
)  # fmt: skip
#: What a line is told; `schedule` are instalments (`date`, `quantity`, `firm`), `position` says which line is meant.
LINE = (
    "product", "description", "customer_part", "part_revision", "quantity", "unit", "price", "price_unit", "surcharge", "discount",
    "requested_on", "offer_line", "agreement_line", "frame_line", "customer_cumulative", "lot_required", "notes",
)  # fmt: skip
NULLABLE = frozenset({"product", "requested_on", "offer_line", "agreement_line", "frame_line", "customer_cumulative", "price"})
KEPT_BY_US = (
    "number", "status", "held_from", "customer", "net", "base_net", "entered_by", "registered_at", "reviewed", "confirmed_at",
    "confirmation", "waiting_customer", "ended_reason", "incomplete",
)  # fmt: skip
OF_A_LINE_BY_US = (
    "order", "position", "agreed_revision", "amount", "first_confirmed_on", "confirmed_on", "status", "delivered_quantity",
    "delivered_on", "invoiced_quantity",
)  # fmt: skip
#: Kinds whose goods are articles of the catalogue; the others may be described in words.
OF_PRODUCTS = (
    Order.Kind.STANDARD, Order.Kind.FRAME, Order.Kind.CALL_OFF, Order.Kind.SPARE_PART, Order.Kind.CONSIGNMENT, Order.Kind.INTERCOMPANY,
)  # fmt: skip
STEP = 10
Lines = Sequence[dict[str, Any]]


def head_of(head: dict[str, Any]) -> dict[str, Any]:
    """The head as it is told, or the refusal of what is not told here."""
    for name in head:
        if name not in HEAD:
            raise Denied("not_editable", _("This cannot be changed here."), field=name, status=400)
    if isinstance(head.get("currency"), str):
        head = head | {"currency": head["currency"].upper()}
    if isinstance(head.get("customer_reference"), str):
        head = head | {"customer_reference": " ".join(head["customer_reference"].split())}
    return head


def values_of(line: OrderLine) -> dict[str, Any]:
    """What a line says, as it is told to the actions."""
    instalments = [{"date": one.date, "quantity": one.quantity, "firm": one.firm} for one in line.schedule.all()]
    return {"position": line.position} | {name: getattr(line, name) for name in LINE} | {"schedule": instalments}


def fill_in(order: Order) -> None:
    """Take over what nobody said: from the offer or agreement that it is made by, else from the customer."""
    order.received_at = order.received_at or clock.now()
    if order.plant_id is None:
        return
    customer = order.plant.customer
    if order.customer_id is None:
        order.customer = customer
    source = order.offer
    order.language = order.language or (source.language if source else customer.language)
    order.currency = order.currency or (source or order.agreement or customer).currency
    if not order.incoterms:
        terms: Any = next((one for one in (order.offer, order.agreement) if one is not None and one.incoterms), customer)
        order.incoterms, order.incoterms_place = terms.incoterms, terms.incoterms_place
        order.incoterms_version = terms.incoterms_version
    if order.payment_term is None:
        agreed = order.agreement.payment_terms if order.agreement else ""
        order.payment_term = (source.payment_term if source else None) or PaymentTerm.objects.named(
            agreed or customer.payment_terms
        )
    if source is not None:
        order.certificates, order.packaging = order.certificates or source.certificates, order.packaging or source.packaging
    order.packaging = order.packaging or order.destination.packaging
    if not order.vat_treatment and order.selling_location_id:
        order.vat_treatment = vat_treatment(order)


def vat_treatment(order: Order) -> str:
    """How the sale is taxed as far as the countries say: at home, within the Union, or exported (4.3)."""
    seller, buyer = order.selling_location.country, order.destination.country
    if seller == buyer:
        return Order.VatTreatment.DOMESTIC
    both = seller in EUROPEAN and buyer in EUROPEAN
    return Order.VatTreatment.INTRA_EU if both else Order.VatTreatment.EXPORT


class Written:
    """An order with the lines that it is to have, made from what was told and not yet written."""

    def __init__(self, order: Order, lines: Lines | None) -> None:
        self.order = order
        self.before = list(order.lines.prefetch_related("schedule")) if order.pk else []
        told = [values_of(line) for line in self.before] if lines is None else lines
        self.told = lines is not None
        at = {line.position: line for line in self.before}
        stated = [values["position"] for values in told if values.get("position")]
        free = max([*stated, 0])
        self.lines: list[OrderLine] = []
        self.schedules: list[list[dict[str, Any]]] = []
        self.twice = len(stated) != len(set(stated))
        self.was = {line.position: values_of(line) for line in self.before}
        for values in told:
            position = values.get("position")
            if not position:
                free += STEP
                position = free
            line = at.get(position) or OrderLine(order=order, position=position)
            for name in LINE:
                if name in values and (values[name] is not None or name in NULLABLE):
                    setattr(line, name, values[name])
            if "unit" not in values or not values["unit"]:
                line.unit = line.product.base_unit if line.product else line.unit
            self.lines.append(line)
            kept = self.was.get(position, {}).get("schedule", [])
            self.schedules.append(list(values["schedule"] or [] if "schedule" in values else kept))
        kept = {line.position for line in self.lines}
        self.gone = [line for line in self.before if line.position not in kept]
        self._complete_lines()

    def _complete_lines(self) -> None:
        """The customer's part numbers, the agreed revisions, and the price that holds where the customer named none."""
        order = self.order
        if not (order.plant_id and order.selling_location_id):
            return
        self._resolve()
        if order.kind == Order.Kind.FREE_OF_CHARGE:
            for line in self.lines:
                line.price = Decimal(0) if line.price is None else line.price
        asked = [
            (line, min((one["date"] for one in schedule), default=None))
            for line, schedule in zip(self.lines, self.schedules, strict=True)
            if line.product and line.price is None and line.quantity and line.quantity > 0 and line.unit == line.product.base_unit
        ]
        if not asked or not order.currency:
            return
        day = order.customer_date or clock.today()
        questions = [
            Question(
                order.plant,
                line.product,  # type: ignore[arg-type]
                line.quantity,
                day,
                order.selling_location,
                order.currency,
                requested=line.requested_on,
                delivery=line.confirmed_on or first,
            )
            for line, first in asked
        ]
        for (line, _first), answer in zip(asked, price_all(questions), strict=True):
            if answer.price is not None:
                line.price, line.price_unit = answer.price, answer.price_unit
                agreed = answer.winner.line if answer.winner else None
                line.agreement_line_id = line.agreement_line_id or (agreed.pk if agreed else None)

    def _resolve(self) -> None:
        """What the customer calls our products, both ways; what holds for the plant goes first."""
        rows = CustomerItem.objects.filter(customer=self.order.plant.customer_id)
        rows = rows.filter(plant__in=[self.order.plant_id]) | rows.filter(plant__isnull=True)
        products = [line.product_id for line in self.lines if line.product_id]
        parts = [line.customer_part for line in self.lines if line.customer_part]
        rows = rows.filter(product__in=products) | rows.filter(part_number__in=parts)
        by_product: dict[Any, CustomerItem] = {}
        by_part: dict[str, CustomerItem] = {}
        for item in rows.select_related("agreed_revision", "product").order_by("plant_id", "pk"):
            by_product.setdefault(item.product_id, item)
            by_part.setdefault(item.part_number, item)
        for line in self.lines:
            if line.product_id is None and line.customer_part in by_part:
                line.product = by_part[line.customer_part].product
                line.unit = line.product.base_unit
            named: CustomerItem | None = by_product.get(line.product_id) or by_part.get(line.customer_part)
            if line.product_id and named is not None and named.product_id == line.product_id:
                line.customer_part = line.customer_part or named.part_number
                line.agreed_revision = named.agreed_revision.level if named.agreed_revision else ""
            if not line.agreed_revision and line.offer_line_id:
                line.agreed_revision = line.offer_line.part_revision  # type: ignore[union-attr]

    def faults(self) -> list[Denied]:
        """Everything that is wrong with the lines, each at its place (`lines.3.price`)."""
        wrong: list[Denied] = []
        if self.twice:
            wrong.append(Denied("position_twice", _("Each position stands once."), field="lines", status=400))
        if any(line.status != OrderLine.Status.OPEN for line in self.gone):
            wrong.append(Denied("line_kept", _("A line that is under review or confirmed is cancelled, not taken away.")))
        for number, (line, schedule) in enumerate(zip(self.lines, self.schedules, strict=True)):
            at = f"lines.{number}."
            wrong += faults(line, exclude=OF_A_LINE_BY_US, prefix=at)
            wrong += [Denied(one.code, one.message, field=at + one.field, status=400) for one in self._of(line, schedule)]
        return wrong

    def _of(self, line: OrderLine, schedule: Lines) -> list[Denied]:
        """What does not fit together in a line."""
        wrong = []
        if not line.product_id and not line.description:
            text = _("No product of ours has this part number. Name the product, or say what is ordered.")
            wrong.append(Denied("product_or_text", text, field="product"))
        if line.product is not None and line.unit != line.product.base_unit:
            text = _("This product is sold by another unit: %(unit)s. State quantity and price in that one.")
            wrong.append(Denied("other_unit", text % {"unit": line.product.get_base_unit_display()}, field="unit"))
        first = self.order.customer_date
        days = [one["date"] for one in schedule]
        if first and any(day < first for day in (line.requested_on, *days) if day):
            text = _("The requested date lies before the day on which the customer ordered.")
            wrong.append(Denied("before_the_order", text, field="schedule" if days else "requested_on"))
        if len(days) != len(set(days)):
            wrong.append(Denied("day_twice", _("Each day stands once in a schedule."), field="schedule"))
        if any(one["quantity"] <= 0 for one in schedule):
            wrong.append(Denied("above_zero", _("Each instalment is above zero."), field="schedule"))
        elif schedule and sum(one["quantity"] for one in schedule) != line.quantity:
            wrong.append(
                Denied("schedule_sum", _("The instalments do not add up to the quantity of the line."), field="schedule")
            )
        return wrong

    def total(self) -> None:
        """What is kept of the lines: the net value, and what it is in the group's currency."""
        order = self.order
        live = [line for line in self.lines if line.status != OrderLine.Status.CANCELLED]
        order.net = sum((amount_of(line, order.currency) for line in live), Decimal(0))
        day = min(order.customer_date or clock.today(), clock.today())
        order.base_net = convert(order.net, order.currency, settings.BASE_CURRENCY, on=day).amount if order.net else Decimal(0)

    def save(self) -> list[OrderLine]:
        """Write the order and its lines, or refuse with everything that is wrong; the lines that are new or other than before."""
        refuse(order_faults(self.order) + self.faults())
        self.total()
        order = self.order
        order.incomplete = missing_of(order, self.lines)
        try:
            with transaction.atomic():
                order.save(force_insert=order.pk is None)
        except IntegrityError as error:
            if "_once" not in str(error):
                raise
            raise duplicate_of(order, None) or error from error
        for line in self.gone:
            line.delete()
        touched, plans = [], []
        for line, schedule in zip(self.lines, self.schedules, strict=True):
            line.order = order
            before = self.was.get(line.position)
            now = {"position": line.position} | {name: getattr(line, name) for name in LINE}
            plan = [{"date": one["date"], "quantity": one["quantity"], "firm": one.get("firm", True)} for one in schedule]
            plan.sort(key=lambda one: one["date"])
            if before == now | {"schedule": plan}:
                continue
            touched.append(line)
            if (before["schedule"] if before else []) != plan:
                plans.append((line, plan))
        OrderLine.objects.bulk_create([line for line in touched if line.pk is None], batch_size=500)
        for line in touched:
            if line.position in self.was:
                line.save()
        OrderSchedule.objects.filter(line__in=[line for line, _plan in plans if line.position in self.was]).delete()
        OrderSchedule.objects.bulk_create(
            (OrderSchedule(line=line, **one) for line, plan in plans for one in plan), batch_size=500
        )
        return touched


def amount_of(line: OrderLine, currency: str) -> Decimal:
    """What a line is worth, to the cent; nothing while it has no price."""
    if line.price is None:
        return Decimal(0)
    each = line.price * (100 - line.discount) / 100 + line.surcharge
    return round_money(line.quantity * each / line.price_unit, currency)


def order_faults(order: Order) -> list[Denied]:
    """What is wrong with the head: its fields, and what does not fit together."""
    wrong = faults(order, exclude=KEPT_BY_US)

    def add(code: str, text: Any, field: str) -> None:
        wrong.append(Denied(code, text, field=field, status=400))

    today = clock.today()
    if order.customer_date and order.customer_date > today:
        add("in_the_future", _("This day has not come yet."), "customer_date")
    if order.received_at and order.received_at > clock.now():
        add("in_the_future", _("This day has not come yet."), "received_at")
    if order.requested_on and order.customer_date and order.requested_on < order.customer_date:
        add("before_the_order", _("The requested date lies before the day on which the customer ordered."), "requested_on")
    if order.kind == Order.Kind.CALL_OFF and order.frame_id is None:
        add("frame_missing", _("A call-off is entered from its frame order."), "kind")
    if order.kind != Order.Kind.CALL_OFF and order.frame_id is not None:
        add("frame_without_call_off", _("Only a call-off belongs to a frame order."), "frame")
    if order.plant_id is None:
        return wrong
    company = order.plant.customer_id
    if order.contact is not None and order.contact.customer_id != company:
        add("contact_of_another", _("Choose a contact of this customer."), "contact")
    if order.offer is not None and order.offer.plant.customer_id != company:
        add("offer_of_another", _("Choose an offer to this customer."), "offer")
    if order.frame is not None and (order.frame.customer_id != order.customer_id or order.frame.kind != Order.Kind.FRAME):
        add("frame_of_another", _("Choose a frame order of this customer."), "frame")
    if order.agreement is not None and not _concerns(order.agreement, order.plant.customer, order.plant_id):
        add("agreement_of_another", _("Choose a price agreement of this customer."), "agreement")
    return wrong


def _concerns(agreement: Any, customer: Customer, plant: int) -> bool:
    """Whether an agreement is one of the company, its plant or its group."""
    if agreement.plant_id is not None:
        return bool(agreement.plant_id == plant)
    if agreement.customer_id is not None:
        return bool(agreement.customer_id == customer.pk)
    return bool(agreement.group_id == customer.group_id)


def duplicate_of(order: Order, actor: Any) -> Denied | None:
    """The refusal of a purchase order that stands already; the other one is named where whoever enters it may see it."""
    if not order.customer_reference or order.customer_date is None:
        return None
    rows = Order.objects.filter(customer_reference__iexact=order.customer_reference).exclude(pk=order.pk)
    rows = rows.exclude(status__in=[Order.Status.CANCELLED, Order.Status.REJECTED])
    if order.kind == Order.Kind.CALL_OFF:
        rows = rows.filter(kind=Order.Kind.CALL_OFF, frame=order.frame_id)
    else:
        rows = rows.exclude(kind=Order.Kind.CALL_OFF).filter(
            customer=order.customer_id, customer_date__year=order.customer_date.year
        )
    other = rows.first()
    if other is None:
        return None
    seen = actor is None or Order.objects.visible_to(actor).filter(pk=other.pk).exists()
    text = _("This purchase order stands already as %(order)s.") if seen else _("This purchase order stands already.")
    return Denied("duplicate_order", text % {"order": other.name}, field="customer_reference")


def missing_of(order: Order, lines: Sequence[OrderLine]) -> list[str]:
    """The incompletion list: the codes of what 4.3 asks for and is not there, each the name of its field."""
    needed: dict[str, Any] = {
        "customer_reference": order.customer_reference,
        "customer_date": order.customer_date,
        "payment_term": order.payment_term_id or order.kind in Order.WITHOUT_PRICE,
        "incoterms": order.incoterms,
        "vat_treatment": order.vat_treatment,
        "declaration_of_intent": order.vat_treatment != Order.VatTreatment.DECLARATION or order.declaration_of_intent,
        "lines": lines,
        "document": order.pk and has_purchase_order(order),
    }
    missing = [name for name, value in needed.items() if not value]
    for line in lines:
        if line.status == OrderLine.Status.CANCELLED:
            continue
        at = f"lines.{line.position}."
        if order.kind in OF_PRODUCTS and line.product_id is None:
            missing.append(f"{at}product")
        if line.price is None:
            missing.append(f"{at}price")
        if line.requested_on is None and order.requested_on is None and order.kind != Order.Kind.FRAME:
            missing.append(f"{at}requested_on")
    return missing


def has_purchase_order(order: Order) -> bool:
    """Whether what the customer sent stands on the order."""
    sent = Document.objects.about(order).current().filter(type__code=PURCHASE_ORDER)
    return sent.exclude(scan_state=ScanState.INFECTED).exists()


def keep_paper(order: Order, paper: File | None, actor: Any) -> None:
    """Attach what the customer sent; the incompletion list knows it at once."""
    if paper is not None:
        title = order.customer_reference or order.name
        attach_document(Document, actor=actor, record=order, type=standard_type(PURCHASE_ORDER), file=paper, title=title)
        order.refresh_from_db(fields=["incomplete", "version", "updated_at"])


def refresh_missing(order: Order) -> None:
    """Look again at what is missing, after a document came or went."""
    missing = missing_of(order, list(order.lines.all()))
    if missing != order.incomplete:
        order.incomplete = missing
        order.save(update_fields=["incomplete"])


def note_documents(document: Document) -> None:
    """A document of a record came or went: an order that is being entered may be complete now."""
    if document.content_type.model_class() is Order:
        order = Order.objects.filter(pk=document.object_id, status=Order.Status.RECEIVED).first()
        if order is not None:
            refresh_missing(order)
