"""The offer as the customer reads it: both item numbers, revision, scales, basis of surcharges, terms; never cost or margin (domain 15)."""

from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from accounts.countries import country_name
from accounts.documents import letterhead
from accounts.models import Customer, Location, account_manager_of
from catalog.models import unit_words
from kam.core import clock
from kam.core.formats import day, number
from kam.core.money import minor_unit
from kam.core.printing import Contents
from kam.core.workflow import Denied
from orders.documents.forms import OFFER
from orders.models import Offer, OfferLine

#: Clauses of ours that an Italian party has to sign for by itself (Civil Code, articles 1341 and 1342).
ITALY = "IT"


def offer_print(key: str, *, actor: Any) -> Contents:
    """An offer, if its reader may see it, in the offer's language; one that is not approved carries a watermark. Raises Denied."""
    found = Offer.objects.visible_to(actor).filter(pk=int(key)) if str(key).isdecimal() else Offer.objects.none()
    offer = found.for_list().first()
    if offer is None:
        raise Denied("not_found", _("There is no such record."), status=404)
    return offer_contents(offer)


def offer_contents(offer: Offer) -> Contents:
    """What is printed of an offer, in its language, whoever asked; who may read it was looked at before."""
    with translation.override(offer.language):
        title = _("Offer")
        return Contents(
            template="offer.typ",
            form=OFFER,
            title=title,
            number=offer.name if offer.number else "",
            language=offer.language,
            path=offer.get_absolute_url(),
            letterhead=letterhead(offer.selling_location, offer.language),
            draft=offer.approved_at is None,
            data=_data(offer),
            file_name=f"{title} {offer.name}.pdf".replace("/", "-"),
        )


def _data(offer: Offer) -> dict[str, Any]:
    lines = list(offer.lines.select_related("product"))
    others = [line for line in lines if not line.counts]
    return {
        "addressee": _addressee(offer),
        "reference": _reference(offer),
        "subject": offer.subject,
        "opening": _("Thank you for your enquiry. We offer you, with effect until %(day)s:") % {"day": day(offer.valid_until)},
        "columns": [
            _("Item"), _("Our article · your part number"), _("Revision"), _("Quantity"), _("Price %(currency)s") % {"currency": offer.currency},
            _("per"), _("Amount %(currency)s") % {"currency": offer.currency},
        ],
        "lines": [_line(line, offer) for line in lines if line.counts],
        "total": [_("Total net, without VAT"), number(offer.net, _decimals(offer))],
        "others": [_("Alternatives and options"), [_line(line, offer) for line in others]] if others else [],
        "terms": [_("Terms"), _terms(offer, lines)],
        "closing": [
            [_("Yours sincerely"), str(offer.sent_by or offer.submitted_by or offer.selling_location.name)],
            [_("Accepted, place and date"), _("%(customer)s, stamp and signature") % {"customer": offer.plant.customer.name}],
        ],
        "clauses": second_signature(offer.selling_location, offer.plant.customer),
    }  # fmt: skip


def _decimals(offer: Offer) -> int:
    return -int(minor_unit(offer.currency).as_tuple().exponent)


def _addressee(offer: Offer) -> list[str]:
    plant, customer = offer.plant, offer.plant.customer
    person = [str(offer.contact)] if offer.contact else []
    place = f"{plant.postal_code} {plant.city}".strip()
    rows = [customer.name, *person, plant.address, place, str(country_name(plant.country))]
    return [row for row in rows if row]


def _reference(offer: Offer) -> list[list[str]]:
    leader = account_manager_of(offer.plant.customer, clock.today()) or offer.submitted_by
    rows = [
        [_("Offer no."), offer.name],
        [_("Date"), day(offer.sent_at or clock.today())],
        [_("Valid until"), day(offer.valid_until)],
        [_("Your enquiry"), offer.enquiry],
        [_("Your contact"), str(leader or "")],
        [_("E-mail"), leader.email if leader else ""],
        [_("In place of"), offer.replaces.name if offer.replaces else ""],
    ]
    return [row for row in rows if row[1]]


def _line(line: OfferLine, offer: Offer) -> dict[str, Any]:
    product = line.product
    bold, plain = (product.code, line.description or product.name) if product else ("", line.description)
    notes = []
    if line.kind in (OfferLine.Kind.ALTERNATIVE, OfferLine.Kind.OPTION):
        notes.append(str(line.get_kind_display()))
    if line.customer_part:
        notes.append(_("Your no. %(number)s") % {"number": line.customer_part})
    if line.steps:
        steps = [
            _("from %(quantity)s: %(price)s") % {"quantity": number(quantity, None), "price": number(price, 2, most=5)}
            for quantity, price in line.steps
        ]
        notes.append(_("Scale, for all pieces: %(steps)s") % {"steps": " · ".join(steps)})
    if line.minimum_quantity:
        notes.append(_("Minimum order quantity %(quantity)s") % {"quantity": number(line.minimum_quantity, None)})
    if line.annual_quantity:
        notes.append(_("Quantity of a year %(quantity)s") % {"quantity": number(line.annual_quantity, None)})
    if line.surcharge_basis:
        notes.append(_("Surcharges: %(basis)s") % {"basis": line.surcharge_basis})
    unit = unit_words(line.unit)
    return {
        "position": str(line.position),
        "code": bold,
        "name": plain,
        "notes": notes,
        "revision": line.part_revision or "–",
        "quantity": f"{number(line.quantity, None)} {unit}",
        "price": number(line.price, 2, most=5),
        "per": number(line.price_unit),
        "amount": number(line.amount, _decimals(offer)),
    }


def _terms(offer: Offer, lines: list[OfferLine]) -> list[list[str]]:
    incoterms = " ".join(part for part in (offer.incoterms, offer.incoterms_place) if part)
    if incoterms and offer.incoterms_version:
        incoterms += f", Incoterms® {offer.incoterms_version}"
    pairs = [
        [_("Delivery"), "; ".join(part for part in (incoterms, offer.delivery) if part)],
        [_("Payment"), offer.payment],
        [_("Packaging"), offer.packaging],
        [_("Certificates"), offer.certificates],
        [_("Warranty"), offer.warranty],
        [_("Assumptions"), offer.assumptions],
        [_("Deviations from your specification"), offer.deviations],
        [_("Not included"), offer.exclusions],
    ]
    return [pair for pair in pairs if pair[1]]


def second_signature(ours: Location | None, customer: Customer | None) -> list[str]:
    """The second signature that Italian law asks for, where an Italian company sells on its terms to an Italian customer."""
    if ours is None or customer is None or not (ours.country == ITALY and customer.country == ITALY):
        return []
    return [
        _(
            "Under articles 1341 and 1342 of the Italian Civil Code the customer approves the clauses on warranty, limits of liability,"
            " reservation of title, withdrawal and place of jurisdiction of our terms of sale by a signature of their own."
        ),
        _("Second signature"),
    ]
