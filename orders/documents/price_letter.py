"""The letter about wrong prices: each line with the agreed and the invoiced price, and what is to be credited or paid (domain 10.4)."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from accounts.countries import country_name
from accounts.documents import letterhead
from accounts.models import account_manager_of
from catalog.models import unit_words
from kam.core import clock
from kam.core.formats import day, number
from kam.core.money import minor_unit
from kam.core.printing import Contents
from kam.core.workflow import Denied
from orders.documents.forms import PRICE_LETTER
from orders.models import PriceFinding, PriceLetter
from orders.reports.wrong_prices import of_letter, told_of


def price_letter_print(key: str, *, actor: Any) -> Contents:
    """The letter to the customer of a wrong price, with all of theirs of this location and currency that are not settled.

    In the customer's language, as far as its reader sees them. Raises Denied.
    """
    found = PriceFinding.objects.visible_to(actor).filter(pk=int(key)) if str(key).isdecimal() else PriceFinding.objects.none()
    finding = found.for_list().first()
    if finding is None:
        raise Denied("not_found", _("There is no such record."), status=404)
    rows = list(of_letter(finding, actor).for_list().order_by("date", "document__number", "number", "pk"))
    if not rows:
        raise Denied("nothing_to_claim", _("All wrong prices of this customer are settled. There is nothing to write about."))
    return _contents(finding, [told_of(row) for row in rows], finding.plant.customer.language, clock.today(), path=finding)


def letter_as_sent(letter: PriceLetter) -> Contents:
    """A letter that was sent, with the lines that it told, whoever asked; who may read it was looked at before."""
    finding = letter.findings.for_list().order_by("pk")[0]
    return _contents(finding, letter.lines, letter.language, letter.sent_at.date(), path=letter)


def _contents(finding: PriceFinding, rows: list[dict[str, Any]], language: str, written_on: date, *, path: Any) -> Contents:
    customer = finding.plant.customer
    with translation.override(language):
        title = _("Correction of prices")
        return Contents(
            template="price_letter.typ",
            form=PRICE_LETTER,
            title=title,
            language=language,
            path=path.get_absolute_url(),
            letterhead=letterhead(finding.selling_location, language),
            data=_data(finding, rows, written_on),
            file_name=f"{title} {customer.code or customer.name}.pdf".replace("/", "-"),
        )


def _data(finding: PriceFinding, rows: list[dict[str, Any]], written_on: date) -> dict[str, Any]:
    customer, currency = finding.plant.customer, finding.currency
    decimals = -int(minor_unit(currency).as_tuple().exponent)
    leader = account_manager_of(customer, clock.today())
    differences = [Decimal(row["difference"]) for row in rows]
    credit = sum((one for one in differences if one > 0), Decimal(0))
    recover = -sum((one for one in differences if one < 0), Decimal(0))
    balance = credit - recover
    asking = (
        _("We will send you a credit note over %(amount)s %(currency)s.")
        if balance >= 0
        else _("We will send you an invoice over %(amount)s %(currency)s.")
    )
    place = f"{customer.postal_code} {customer.city}".strip()
    return {
        "addressee": [row for row in (customer.name, customer.address, place, str(country_name(customer.country))) if row],
        "reference": [
            pair
            for pair in (
                [_("Date"), day(written_on)],
                [_("Your contact"), str(leader or "")],
                [_("E-mail"), leader.email if leader else ""],
            )
            if pair[1]
        ],
        "opening": _("We have compared our invoices with the prices that we agreed with you. These lines differ:"),
        "columns": [
            {"label": _("Document"), "width": 30},
            {"label": _("Date"), "width": 19},
            {"label": _("Article")},
            {"label": _("Quantity"), "number": True, "width": 21},
            {"label": _("Agreed price"), "number": True, "width": 19},
            {"label": _("Invoiced price"), "number": True, "width": 19},
            {"label": _("Difference %(currency)s") % {"currency": currency}, "number": True, "width": 22},
        ],
        "rows": [_line(row, decimals) for row in rows],
        "totals": [
            [_("In your favour"), "", "", "", "", "", number(credit, decimals)],
            [_("In our favour"), "", "", "", "", "", number(recover, decimals)],
        ],
        "closing": asking % {"amount": number(abs(balance), decimals), "currency": currency},
        "question": _("Please tell us within 14 days if you see it differently."),
        "signature": [_("Yours sincerely"), str(leader or finding.selling_location.name_in(customer.language))],
    }


def _line(row: dict[str, Any], decimals: int) -> list[str]:
    """One line; a difference in the customer's favour has a minus, as it is taken off what they pay."""
    per = f" / {number(row['price_unit'])}" if row["price_unit"] != 1 else ""
    agreed, charged = (number(Decimal(row[name]), 2, most=5) + per for name in ("agreed_price", "charged_price"))
    quantity = f"{number(Decimal(row['quantity']), None)} {unit_words(row['unit'])}"
    name = f"{row['product']} {row['name']}\n{row['agreement']}"
    less = number(-Decimal(row["difference"]), decimals, signed=True)
    return [row["line"], day(date.fromisoformat(row["date"])), name, quantity, agreed, charged, less]
