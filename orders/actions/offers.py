"""Writing offers while they are made: drafted, changed, priced by the engine, copied, revised, taken back (domain 10.2).

What an approval stands on is guarded: who changes it afterwards makes a draft of the offer again (AT-89).
"""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.models import PaymentTerm, Plant
from catalog.actions.rows import faults, refuse
from catalog.models import CustomerItem
from kam.core import clock
from kam.core.approvals import fingerprint
from kam.core.money import convert, round_money
from kam.core.verbs import verb
from kam.core.workflow import Denied, not_permitted
from orders.actions.consenting import void_consent
from orders.actions.deciding import void
from orders.models import Negotiation, Offer, OfferLine
from orders.models.agreement_lines import rising
from orders.pricing import Priced, Question, price_all
from orders.pricing.keeping import kept_steps, step_of
from orders.reports.prices import say

HEAD = (
    "plant", "selling_location", "contact", "negotiation", "language", "currency", "subject", "enquiry", "enquiry_complete_on", "wanted_on", "valid_until",
    "payment_term", "incoterms", "incoterms_place", "incoterms_version", "delivery", "packaging", "warranty",
    "certificates", "assumptions", "exclusions", "deviations", "special_terms", "notes",
)  # fmt: skip
#: What a line is told; `steps` are pairs of quantity and price, and without a price the engine's is taken.
PLAIN = (
    "kind", "product", "description", "customer_part", "part_revision", "quantity", "unit", "price", "price_unit",
    "annual_quantity", "minimum_quantity", "surcharge_basis", "variable_cost",
)  # fmt: skip
LINE = (*PLAIN, "steps")
NULLABLE = frozenset({"product", "annual_quantity", "minimum_quantity", "variable_cost"})
SET_BY_US = (
    "offer", "position", "amount", "step_quantities", "step_prices", "proposed", "list_price", "cost_version", "why",
)  # fmt: skip
#: What an approval is bound to: for whom, on which commercial terms, what at which price.
GUARDED = (
    "plant_id", "selling_location_id", "currency", "valid_until", "payment_term_id", "incoterms", "incoterms_place",
    "special_terms",
)  # fmt: skip
GUARDED_OF_A_LINE = (
    "kind", "product_id", "quantity", "unit", "price", "price_unit", "step_quantities", "step_prices", "annual_quantity",
    "minimum_quantity",
)  # fmt: skip
Lines = Sequence[dict[str, Any]]


@verb("orders.create_offer", _("New offer"))
def create_offer(model: type[Offer], *, actor: Any, reason: str = "", lines: Lines = (), **head: Any) -> Offer:
    """Draft an offer to a plant; what the head leaves out is the customer's (language, currency, terms of payment and delivery).

    A line takes a product or a description, a quantity, and a price; without one it gets the price that holds for the customer.
    Raises Denied, every fault at its place.
    """
    offer = Offer(**_head(head))
    _fill_in(offer)
    _write(offer, _made(offer, lines))
    return offer


@verb("orders.edit_offer", _("Edit offer"))
def edit_offer(offer: Offer, *, actor: Any, reason: str = "", lines: Lines | None = None, **head: Any) -> Offer:
    """Change an offer that is not sent; what is not given stays, lines are given all together.

    An approved one whose guarded content changes is a draft again, and is approved anew (AT-89). Raises Denied.
    """
    if offer.status not in {Offer.Status.DRAFT, Offer.Status.APPROVED}:
        raise Denied("offer_kept", _("This offer was handed in or sent and stays as it is. Make a revision of it."))
    present = list(offer.lines.all())
    was = _content(offer, present)
    hidden = _hidden(offer.negotiation, actor)
    for name, value in _head(head).items():
        setattr(offer, name, value)
    if hidden is not None and offer.negotiation in {hidden, None}:
        offer.negotiation = hidden if hidden.is_with(offer.plant) else None
    made = _made(offer, [values_of(line) for line in present] if lines is None else lines, present)
    if was == _content(offer, made):
        return offer
    if offer.status == Offer.Status.APPROVED and offer.approved_print != print_of(offer, made):
        void_approval(offer)
    _write(offer, made)
    void_consent(offer)
    _within(offer, actor, "orders.edit_offer")
    return offer


@verb("orders.discard_offer", _("Discard draft"), leaves=True)
def discard_offer(offer: Offer, *, actor: Any, reason: str = "") -> None:
    """Take away a draft that was never handed in."""
    if offer.status != Offer.Status.DRAFT or offer.number:
        raise Denied("offer_kept", _("This offer was handed in or sent and stays as it is. Make a revision of it."))
    offer.delete()


@verb("orders.revise_offer", _("New revision"))
def revise_offer(offer: Offer, *, actor: Any, reason: str = "", valid_until: date | None = None) -> Offer:
    """Draft the next revision of an offer that was sent, with the same content; both stay readable. Raises Denied.

    The revision before stays as it is until the new one is sent.
    """
    if offer.sent_at is None:
        raise Denied("not_sent", _("This offer was not sent yet. Edit it instead."))
    if offer.status == Offer.Status.ACCEPTED:
        raise Denied("offer_accepted", _("The customer has accepted this offer. Copy it for a new one."))
    following = Offer.objects.filter(number=offer.number).order_by("-revision").values_list("revision", flat=True).first() or 0
    draft = _copied(offer, valid_until)
    draft.number, draft.revision, draft.replaces = offer.number, following + 1, offer
    _write(draft, _made(draft, [values_of(line) for line in offer.lines.all()], list(offer.lines.all())))
    return draft


@verb("orders.copy_offer", _("Copy offer"))
def copy_offer(
    offer: Offer, *, actor: Any, reason: str = "", plant: Plant | None = None, valid_until: date | None = None
) -> Offer:
    """Draft a new offer with the content of this one, for the same plant or another; its prices are asked for anew. Raises Denied."""
    draft = _copied(offer, valid_until)
    lines = [
        values_of(line) | ({"price": None} if line.product_id and not line.step_prices else {}) for line in offer.lines.all()
    ]
    if plant is not None and plant != offer.plant:
        draft.plant, draft.contact = plant, None
        customer = plant.customer
        draft.language, draft.currency = customer.language, customer.currency
        lines = [line | {"customer_part": "", "part_revision": ""} for line in lines]
    if draft.negotiation and (_hidden(draft.negotiation, actor) or not draft.negotiation.is_with(draft.plant)):
        draft.negotiation = None
    _write(draft, _made(draft, lines))
    _within(draft, actor, "orders.copy_offer")
    return draft


def _hidden(negotiation: Negotiation | None, actor: Any) -> Negotiation | None:
    """The negotiation that an offer was written for, where whoever writes does not see it: they neither take it away nor take it along."""
    if negotiation is None or actor is None or Negotiation.objects.visible_to(actor).filter(pk=negotiation.pk).exists():
        return None
    return negotiation


def _within(offer: Offer, actor: Any, code: str) -> None:
    """Refuse what was just written outside the writer's own rows; the verb's transaction takes it back."""
    if actor is not None and not Offer.objects.permitted(actor, code).filter(pk=offer.pk).exists():
        raise not_permitted()


def _copied(offer: Offer, valid_until: date | None) -> Offer:
    """A draft with the head of an offer; a validity that is over begins anew."""
    draft = Offer(**{name: getattr(offer, name) for name in HEAD})
    draft.valid_until = valid_until or max(offer.valid_until, usual_validity())
    return draft


def usual_validity() -> date:
    """The last day of an offer for which nobody said one: thirty days from today."""
    return clock.today() + timedelta(days=30)


def void_approval(offer: Offer) -> None:
    """Make an approved offer a draft again; who saves it says why."""
    void(offer)
    offer.status, offer.approved_print = Offer.Status.DRAFT, ""


def _head(head: dict[str, Any]) -> dict[str, Any]:
    for name in head:
        if name not in HEAD:
            raise Denied("not_editable", _("This cannot be changed here."), field=name, status=400)
    if isinstance(head.get("currency"), str):
        head = head | {"currency": head["currency"].upper()}
    return head


def _fill_in(offer: Offer) -> None:
    """Take over from the customer what nobody said."""
    if offer.plant_id is None:
        return
    customer = offer.plant.customer
    offer.language = offer.language or customer.language
    offer.currency = offer.currency or customer.currency
    if not offer.incoterms:
        offer.incoterms, offer.incoterms_place = customer.incoterms, customer.incoterms_place
        offer.incoterms_version = customer.incoterms_version
    if offer.payment_term is None:
        offer.payment_term = PaymentTerm.objects.named(customer.payment_terms)
    offer.valid_until = offer.valid_until or usual_validity()


def _write(offer: Offer, made: Sequence[OfferLine]) -> None:
    """Write an offer with its lines and what is kept of them, or refuse with everything that is wrong."""
    wrong = offer_faults(offer) + line_faults(offer, made)
    refuse(wrong)
    _total(offer, made)
    if offer.pk is None:
        offer.save(force_insert=True)
    else:
        offer.lines.all().delete()
        offer.save()
    for line in made:
        line.offer = offer
    OfferLine.objects.bulk_create(made, batch_size=1000)


def offer_faults(offer: Offer) -> list[Denied]:
    """What is wrong with the head: its fields, and what does not fit together."""
    wrong = faults(
        offer,
        exclude=(
            "number", "revision", "status", "level", "triggers", "approved_print", "net", "list_net", "variable_cost",
            "base_annual_value", "sent_to", "lost_reason", "lost_note", "competitor", "competitor_price", "accepted_reference",
        ),
    )  # fmt: skip
    if offer.contact_id and offer.plant_id and offer.contact.customer_id != offer.plant.customer_id:  # type: ignore[union-attr]
        wrong.append(Denied("contact_of_another", _("Choose a contact of this customer."), field="contact", status=400))
    if offer.negotiation is not None and offer.plant_id and not offer.negotiation.is_with(offer.plant):
        text = _("Choose a negotiation with this customer.")
        wrong.append(Denied("negotiation_of_another", text, field="negotiation", status=400))
    return wrong


def _made(offer: Offer, lines: Lines, before: Sequence[OfferLine] = ()) -> list[OfferLine]:
    """The lines as rows, not yet written, priced by the engine where it knows the product.

    A cost that was stated for a free line stays where the line comes without one: not everybody who edits it reads costs.
    """
    stated = {(line.kind, line.description): line.variable_cost for line in before if line.product_id is None}
    made = []
    for place, values in enumerate(lines, 1):
        plain = {name: value for name, value in values.items() if name in PLAIN and (value is not None or name in NULLABLE)}
        steps = values.get("steps") or []
        line = OfferLine(
            offer=offer,
            position=place * 10,
            step_quantities=[quantity for quantity, _price in steps],
            step_prices=[price for _quantity, price in steps],
            **plain,
        )
        if line.product_id is None and line.variable_cost is None:
            line.variable_cost = stated.get((line.kind, line.description))
        made.append(line)
    if offer.plant_id and offer.selling_location_id and offer.currency:
        _price(offer, made)
    return made


def _price(offer: Offer, made: Sequence[OfferLine]) -> None:
    """Ask the engine for every line with a product, all at once, and take over what it proposes where no price is given."""
    asked = [line for line in made if line.product_id and line.quantity and line.quantity > 0]
    if not asked:
        return
    day = clock.today()
    questions = [
        Question(
            offer.plant,
            line.product,  # type: ignore[arg-type]
            line.quantity,
            day,
            offer.selling_location,
            offer.currency,
            requested=offer.wanted_on,
            delivery=offer.wanted_on,
        )
        for line in asked
    ]
    parts = _customer_parts(offer, [line.product_id for line in asked])
    for line, answer in zip(asked, price_all(questions, with_costs=True), strict=True):
        _answered(line, answer)
        number, revision = parts.get(line.product_id, ("", ""))
        line.customer_part = line.customer_part or number
        line.part_revision = line.part_revision or revision


def _customer_parts(offer: Offer, products: Sequence[Any]) -> dict[Any, tuple[str, str]]:
    """What the customer calls our products, and the revision that was agreed; what holds for the plant goes first."""
    rows = CustomerItem.objects.filter(customer=offer.plant.customer_id, product__in=products)
    rows = rows.filter(plant__in=[offer.plant_id]) | rows.filter(plant__isnull=True)
    found: dict[Any, tuple[str, str]] = {}
    for item in rows.select_related("agreed_revision").order_by("plant_id", "pk"):
        revision = item.agreed_revision.level if item.agreed_revision else ""
        found.setdefault(item.product_id, (item.part_number, revision))
    return found


def _answered(line: OfferLine, answer: Priced) -> None:
    """What the engine says of a line: its price, where it comes from, the list price, the cost."""
    product = answer.question.product
    line.unit = product.base_unit
    line.why = {"steps": kept_steps(answer.steps), "blocked": kept_steps([answer.blocked] if answer.blocked else [])}
    line.proposed = answer.price
    listed = next((one.listed for one in [answer.winner, *answer.losers] if one and one.listed and one.verdict in HOLDS), None)
    if line.price is None and answer.price is not None:
        line.price, line.price_unit = answer.price, answer.price_unit
    if listed is not None:
        line.list_price = listed.price * line.price_unit / listed.price_unit
    if line.proposed is not None and line.price_unit != answer.price_unit:
        line.proposed = line.proposed * line.price_unit / answer.price_unit
    cost = answer.cost
    if cost is not None and cost.variable is not None:
        line.variable_cost = (cost.variable / answer.question.quantity).quantize(Decimal("0.00001"))
        line.cost_version = cost.version
    else:
        line.variable_cost, line.cost_version = None, ""
        line.why["cost"] = kept_steps([cost.missing] if cost is not None and cost.missing else [])


HOLDS = frozenset({"won", "less_specific"})


def line_faults(offer: Offer, made: Sequence[OfferLine]) -> list[Denied]:
    """Everything that is wrong with the lines, each at its place (`lines.3.price`)."""
    wrong: list[Denied] = []
    for number, line in enumerate(made):
        at = f"lines.{number}."
        unpriced = line.price is None
        wrong += faults(line, exclude=(*SET_BY_US, *(("price",) if unpriced else ())), prefix=at)
        if unpriced:
            wrong.append(Denied("no_price", _no_price(line), field=f"{at}price", status=400))
        if not line.product_id and not line.description:
            wrong.append(Denied("product_or_text", _("Name a product or say what is offered."), field=f"{at}product", status=400))
        if line.step_quantities and not rising(line.step_quantities):
            wrong.append(
                Denied("steps_in_order", _("The quantities of a scale rise from step to step."), field=f"{at}steps", status=400)
            )
        if any(value <= 0 for value in (*line.step_quantities, *line.step_prices)):
            wrong.append(
                Denied("above_zero", _("Quantities and prices of a scale lie above zero."), field=f"{at}steps", status=400)
            )
    return wrong


def _no_price(line: OfferLine) -> Any:
    """Why a line has no price: what the engine said, or that nobody gave one."""
    blocked = line.why.get("blocked") if line.why else None
    return (
        say(step_of(blocked[0]), line.offer.currency)
        if blocked
        else _("Give a price: without a product there is none to be found.")
    )


def _total(offer: Offer, made: Sequence[OfferLine]) -> None:
    """What is kept of the lines: the net value, at list prices, the variable cost, and what a year is worth."""
    counted = [line for line in made if line.counts]
    amounts = [round_money(line.quantity * line.price / line.price_unit, offer.currency) for line in counted]
    offer.net = sum(amounts, Decimal(0))
    listed, costs, year = Decimal(0), Decimal(0), Decimal(0)
    at_list = unknown = 0
    for line, amount in zip(counted, amounts, strict=True):
        if line.list_price is not None:
            listed += line.quantity * line.list_price / line.price_unit
            at_list += 1
        else:
            listed += amount
        unknown += line.cost is None
        costs += line.cost or Decimal(0)
        year += (line.annual_quantity or line.quantity) * line.price / line.price_unit
    offer.list_net = round_money(listed, offer.currency) if at_list else None
    offer.variable_cost = None if unknown or not counted else round_money(costs, offer.currency)
    offer.base_annual_value = convert(year, offer.currency, settings.BASE_CURRENCY, on=clock.today()).amount if counted else None


def values_of(line: OfferLine) -> dict[str, Any]:
    """What a line says, as it is told to the actions."""
    return {name: getattr(line, name) for name in LINE}


def _content(offer: Offer, lines: Sequence[OfferLine]) -> list[Any]:
    """What an offer says, to compare two of them."""
    return [[getattr(offer, name) for name in HEAD], [values_of(line) for line in lines]]


def print_of(offer: Offer, lines: Sequence[OfferLine]) -> str:
    """The fingerprint of what an approval stands on."""
    rows = [[getattr(line, name) for name in GUARDED_OF_A_LINE] for line in lines]
    return fingerprint([[getattr(offer, name) for name in GUARDED], rows])
