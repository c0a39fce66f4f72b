"""Papers about orders as the customer reads them, laid out from what was kept when they were issued; never cost or margin (domain 15)."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from accounts.countries import country_name
from accounts.documents import letterhead
from accounts.models import PaymentTerm, account_manager_of
from catalog.models import Product, unit_words
from kam.core import clock
from kam.core.formats import day, number
from kam.core.jobs import Job
from kam.core.kept_prints import keep_print
from kam.core.money import minor_unit
from kam.core.printing import Contents
from kam.core.workflow import Denied
from orders.actions.order_law import FIELDS, is_described, said_of
from orders.actions.order_papers import kept
from orders.documents.forms import ORDER_PAPERS
from orders.models import Order, OrderCancellation, OrderDelay, OrderPaper

Kind = OrderPaper.Kind
CONFIRMING = (Kind.CONFIRMATION, Kind.VARIATIONS, Kind.CHANGE)
#: Which date each paper shows behind the requested one.
WITH_CONFIRMED_DATE = (*CONFIRMING, Kind.DELAY)


def order_paper_print(key: str, *, actor: Any) -> Contents:
    """A paper about an order, if its reader may see it, as it was issued. Raises Denied."""
    found = OrderPaper.objects.visible_to(actor).filter(pk=int(key)) if str(key).isdecimal() else OrderPaper.objects.none()
    paper = found.for_list().first()
    if paper is None:
        raise Denied("not_found", _("There is no such record."), status=404)
    return paper_contents(paper)


def paper_contents(paper: OrderPaper) -> Contents:
    """What a paper says, in its language, whoever asked; who may read it was looked at before."""
    with translation.override(paper.language):
        title = str(paper.get_kind_display())
        return Contents(
            template="order.typ",
            form=ORDER_PAPERS[paper.kind],
            title=title,
            number=paper.name,
            language=paper.language,
            path=paper.order.get_absolute_url(),
            letterhead=letterhead(paper.order.selling_location, paper.language),
            data=_data(paper),
            file_name=f"{title} {paper.name}.pdf".replace("/", "-"),
        )


def keep_paper(job: Job, report: Any) -> dict[str, int]:
    """The job kind `orders.keep_order_paper`: print a paper that was issued and keep it; a second run finds it done."""
    paper = OrderPaper.objects.for_list().get(pk=job.params["paper"])
    if paper.document_id is not None:
        return {"kept": 0}
    contents = paper_contents(paper)
    document = keep_print(
        paper, contents, report, by=paper.issued_by, on=paper.issued_at.date(), at=paper.issued_at,
        title=f"{contents.title} {paper.name} · {paper.sent_to}", number=paper.name,
    )  # fmt: skip
    paper.document, paper.sha256 = document, document.sha256
    paper.save()
    kept(paper)
    return {"kept": 1}


def _data(paper: OrderPaper) -> dict[str, Any]:
    order, said = paper.order, paper.contents
    decimals = -int(minor_unit(said["currency"]).as_tuple().exponent)
    with_date = paper.kind in WITH_CONFIRMED_DATE
    products = Product.objects.in_bulk([row["product"] for row in said["lines"] if row["product"]])
    varied = {(row["position"], row["field"]) for row in said.get("variations", ())}
    total = sum((Decimal(row["amount"]) for row in said["lines"]), Decimal(0))
    dates = [_new_date(said)] if paper.kind == Kind.DELAY else [_("Requested date")] + ([_("Confirmed")] if with_date else [])
    money = {"currency": said["currency"]}
    return {
        "addressee": _addressee(order),
        "reference": _reference(paper),
        "marked": _marked(paper),
        "opening": _opening(paper),
        "columns": [
            _("Item"), _("Our article · your part number"), _("Revision"), _("Quantity"), _("Price %(currency)s") % money, _("per"),
            _("Amount %(currency)s") % money, " / ".join(dates),
        ],
        "lines": [_line(row, products, paper, varied, decimals) for row in said["lines"]],
        "total": [_("Total net, without VAT"), number(total, decimals)],
        "variations": [_("Variations from your order"), _variations(said)],
        "terms": [_("Terms"), _terms(order, said)],
        "closing": _closing(paper),
        "signatures": [
            [_("Yours sincerely"), str(paper.issued_by or order.selling_location.name)],
            *(
                [[_("Accepted, place and date"), _("%(customer)s, stamp and signature") % {"customer": order.customer.name}]]
                if said.get("waits")
                else []
            ),
        ],
    }  # fmt: skip


def _new_date(said: dict[str, Any]) -> str:
    return _("Confirmed so far") + " / " + _("New date")


def _addressee(order: Order) -> list[str]:
    plant, customer = order.plant, order.customer
    person = [str(order.contact)] if order.contact else []
    place = f"{plant.postal_code} {plant.city}".strip()
    return [row for row in (customer.name, *person, plant.address, place, str(country_name(plant.country))) if row]


def _reference(paper: OrderPaper) -> list[list[str]]:
    order = paper.order
    leader = account_manager_of(order.customer, clock.today()) or paper.issued_by
    rows = [
        [_("Your order no."), order.customer_reference],
        [_("of"), day(order.customer_date) if order.customer_date else ""],
        [_("Our order no."), order.number],
        [_("Revision"), str(paper.number)],
        [_("Date"), day(paper.issued_at)],
        [_("Your contact"), str(leader or "")],
        [_("E-mail"), leader.email if leader else ""],
    ]
    return [row for row in rows if row[1]]


def _marked(paper: OrderPaper) -> str:
    """What the reader must not overlook: what this paper is not, and where it departs from the order."""
    if paper.kind == Kind.ACKNOWLEDGEMENT:
        return _("This is not an order confirmation. We are reviewing your order; it is accepted only by our confirmation.")
    if paper.kind == Kind.PRO_FORMA:
        return _("This is not an invoice for tax purposes.")
    if paper.kind not in CONFIRMING or paper.contents.get("before") is not None:
        return ""
    said = paper.contents
    if not (said.get("variations") or said.get("deviations") or said.get("conditions")):
        return _("Confirmed in conformity with your order.")
    if said.get("waits"):
        return _(
            "Confirmed with the variations below. The contract is concluded when you have agreed to them; please return a signed copy."
        )
    return _("Confirmed with the variations below.")


def _opening(paper: OrderPaper) -> str:
    order, said = paper.order, paper.contents
    received = {"day": day(order.received_at)}
    if paper.kind == Kind.ACKNOWLEDGEMENT:
        return _("We received your order on %(day)s and have registered it as follows:") % received
    if paper.kind == Kind.DELAY:
        cause = OrderDelay.Cause(said["cause"]).label
        text = _("To our regret we cannot keep the confirmed dates below. Cause: %(cause)s.") % {"cause": cause}
        return f"{text} {said['note']}".strip()
    if paper.kind == Kind.CANCELLATION:
        cause = OrderCancellation.Reason(said["cause"]).label
        return _("The items below of your order are cancelled. Reason: %(cause)s.") % {"cause": cause}
    if paper.kind == Kind.CHANGE:
        return _("In place of our earlier confirmation we confirm your order as follows:")
    if paper.kind == Kind.PRO_FORMA:
        return _("For your order we state:")
    return _("Thank you for your order, which we confirm as follows:")


def _line(row: dict[str, Any], products: dict[int, Any], paper: OrderPaper, varied: set[Any], decimals: int) -> dict[str, Any]:
    product = products.get(row["product"])
    bold, plain = (product.code, row["description"] or product.name) if product else ("", row["description"])
    notes = [_("Your no. %(number)s") % {"number": row["customer_part"]}] if row["customer_part"] else []
    if Decimal(row["surcharge"]):
        notes.append(_("Surcharge %(price)s") % {"price": number(Decimal(row["surcharge"]), 2, most=5)})
    if Decimal(row["discount"]):
        notes.append(_("Discount %(rate)s %%") % {"rate": number(Decimal(row["discount"]), None)})
    days = [row["before"], row["confirmed_on"]] if "before" in row else [row["requested_on"]]
    if "before" not in row and paper.kind in WITH_CONFIRMED_DATE:
        days.append(row["confirmed_on"])
    position = row["position"]
    return {
        "position": str(position),
        "code": bold,
        "name": plain,
        "notes": notes,
        "revision": row["part_revision"] or "–",
        "quantity": f"{number(Decimal(row['quantity']), None)} {unit_words(row['unit'])}",
        "price": number(Decimal(row["price"]), 2, most=5),
        "per": number(row["price_unit"]),
        "amount": number(Decimal(row["amount"]), decimals),
        "dates": [day(date.fromisoformat(one)) if one else "–" for one in days],
        "varied": [field for field in ("date", "quantity", "price", "revision") if (position, field) in varied],
    }


def _variations(said: dict[str, Any]) -> list[list[str]]:
    """Each variation as its place and what was ordered and confirmed; then what else departs, and the conditions of the review."""
    rows = []
    for row in said.get("variations", ()):
        label = str(FIELDS[row["field"]])
        place = _("Item %(position)s: %(field)s") % {"position": row["position"], "field": label} if row["position"] else label
        ordered, confirmed = (_shown(row["field"], row[name]) for name in ("ordered", "confirmed"))
        rows.append([place, _("ordered %(ordered)s, confirmed %(confirmed)s") % {"ordered": ordered, "confirmed": confirmed}])
    if said.get("deviations"):
        rows.append([str(FIELDS["other"]), said["deviations"]])
    rows += [[str(FIELDS["condition"]), one] for one in said.get("conditions", ())]
    return rows


def _shown(field: str, value: str) -> str:
    """One side of a variation in the reader's notation."""
    if not value:
        return "–"
    if field == "date":
        return day(date.fromisoformat(value))
    return number(Decimal(value), None, most=5) if field in {"quantity", "price"} else value


def _terms(order: Order, said: dict[str, Any]) -> list[list[str]]:
    terms = said["terms"]
    incoterms = " ".join(part for part in (terms["incoterms"], terms["incoterms_place"]) if part)
    if incoterms and terms["incoterms_version"]:
        incoterms += f", Incoterms® {terms['incoterms_version']}"
    payment = PaymentTerm.objects.filter(pk=said["payment"]).first() if said["payment"] else None
    goal = order.destination
    vat = str(Order.VatTreatment(said["vat_treatment"]).label) if said["vat_treatment"] else ""
    law = str(said_of(said["law"])) if is_described(said.get("law", "")) else ""
    pairs = [
        [_("Delivery"), incoterms],
        [
            _("Delivery address"),
            ", ".join(part for part in (goal.name, goal.address, f"{goal.postal_code} {goal.city}".strip()) if part),
        ],
        [_("The dates are"), str(Order.RequestedType(said["requested_type"]).label)],
        [_("Partial deliveries"), _("allowed") if said["partial_allowed"] else _("not allowed")],
        [_("Payment"), str(payment or "")],
        [_("VAT"), " · ".join(part for part in (vat, said["declaration_of_intent"]) if part)],
        [_("Packaging"), terms["packaging"]],
        [_("Transport"), terms["transport"]],
        [_("Certificates"), terms["certificates"]],
        [_("Law of the contract"), law],
        [
            _("Charged for the cancellation"),
            f"{number(Decimal(said['charge']), 2)} {said['currency']}" if said.get("charge", "0") != "0" else "",
        ],
    ]
    return [pair for pair in pairs if pair[1]]


def _closing(paper: OrderPaper) -> str:
    """The last sentence: what the customer is asked to do."""
    if paper.kind == Kind.DELAY:
        return _(
            "The changed confirmation of your order follows with this notice. Please tell us if another date suits you better."
        )
    if paper.kind in CONFIRMING:
        return _("Our general terms of sale apply as far as nothing else was agreed in writing.")
    return ""
