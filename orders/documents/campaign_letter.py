"""The letter of a price campaign: every price before and after with the full computation, in the customer's language (domain 15)."""

from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from accounts.countries import country_name
from accounts.documents import letterhead
from catalog.models import CustomerItem
from kam.core import clock
from kam.core.formats import day, number, percent
from kam.core.printing import Contents
from kam.core.workflow import Denied
from orders.actions.campaigns import leader_of
from orders.documents.forms import CAMPAIGN_LETTER
from orders.models import CampaignCustomer, PriceCampaign
from orders.reports.campaigns import PriceChange, change_of, computation_of


def campaign_letter(key: str, *, actor: Any) -> Contents:
    """The letter to a customer of a campaign, if its reader may see it; before the approval it carries a watermark. Raises Denied."""
    rows = CampaignCustomer.objects.visible_to(actor)
    row = rows.filter(pk=int(key)).for_list().first() if str(key).isdecimal() else None
    if row is None:
        raise Denied("not_found", _("There is no such record."), status=404)
    return letter_contents(row)


def letter_contents(row: CampaignCustomer) -> Contents:
    """What the letter says, in the customer's language, whoever asked; who may read it was looked at before."""
    company = row.addressee
    language = company.language if company is not None else "en"
    with translation.override(language):
        title = _("Change of prices")
        return Contents(
            template="campaign_letter.typ",
            form=CAMPAIGN_LETTER,
            title=title,
            number=row.campaign.number,
            language=language,
            path=row.get_absolute_url(),
            letterhead=letterhead(row.campaign.location, language),
            draft=row.campaign.approved_at is None,
            data=_data(row, company),
            file_name=f"{title} {row.campaign.name} {row.pk}.pdf".replace("/", "-"),
        )


def _data(row: CampaignCustomer, company: Any) -> dict[str, Any]:
    campaign = row.campaign
    lines = row.lines.for_list().order_by("line__agreement__number", "pk")
    changes = [change_of(one.line, row.asked) for one in lines]
    parts = _part_numbers(changes, company)
    leader = leader_of(row) or campaign.submitted_by
    opening = _("From %(day)s our prices for the articles below change by %(rate)s.")
    names = {"day": day(row.effective_on), "rate": percent(row.asked, 2, signed=True)}
    kept = campaign.open_orders == PriceCampaign.OpenOrders.OLD
    orders = (
        _("Orders placed before %(day)s are delivered at the old prices.")
        if kept
        else _("Orders that are still open on %(day)s are delivered at the new prices.")
    )
    return {
        "addressee": _addressee(row, company),
        "reference": [
            pair
            for pair in (
                [_("Our reference"), campaign.number],
                [_("Date"), day(row.sent_at or clock.today())],
                [_("Your contact"), str(leader or "")],
                [_("E-mail"), leader.email if leader else ""],
            )
            if pair[1]
        ],
        "greeting": _("Dear Sir or Madam,"),
        "opening": opening % names,
        "why": campaign.why,
        "computation": [_("How the change is computed"), computation_of(campaign, row.asked)],
        "columns": [
            _("Our article · your part number"),
            _("Agreement"),
            _("Old price"),
            _("Change"),
            _("New price"),
            _("per"),
        ],
        "lines": [_line(change, row, parts) for change in changes],
        "orders": orders % {"day": day(row.effective_on)},
        "answer": _("Please confirm by letter or e-mail by %(day)s. All other terms stay as they are.")
        % {"day": day(row.effective_on)},
        "closing": [
            [_("Yours sincerely"), str(row.sent_by or leader or campaign.location.name)],
            [_("Agreed, place and date"), _("%(customer)s, stamp and signature") % {"customer": company or row.holder}],
        ],
    }


def _addressee(row: CampaignCustomer, company: Any) -> list[str]:
    if company is None:
        return [str(row.holder)]
    at = row.plant or company
    names = [company.name, row.plant.name] if row.plant else [company.name]
    place = f"{at.postal_code} {at.city}".strip()
    rows = [*dict.fromkeys(names), at.address, place, str(country_name(at.country))]
    return [one for one in rows if one]


def _part_numbers(changes: list[PriceChange], company: Any) -> dict[int, str]:
    """The customer's own numbers of the products."""
    products = [change.line.product_id for change in changes if change.line.product_id]
    items = CustomerItem.objects.filter(customer=company, product__in=products) if company else CustomerItem.objects.none()
    return dict(items.order_by("-pk").values_list("product", "part_number"))


def _line(change: PriceChange, row: CampaignCustomer, parts: dict[int, str]) -> dict[str, Any]:
    line = change.line
    notes = []
    if line.product_id in parts:
        notes.append(_("Your no. %(number)s") % {"number": parts[line.product_id]})
    if change.steps:
        notes.append(str(line.get_scale_display()))
    if change.discount_before is not None and change.discount_after is not None:
        told = [
            _("List %(discount)s") % {"discount": percent(-one, 2, signed=True)}
            for one in (change.discount_before, change.discount_after)
        ]
        return _told(change, row, notes, *told)
    befores = [(None, change.before)] if change.before is not None else [(step[0], step[1]) for step in change.steps]
    afters = [(None, change.after)] if change.after is not None else [(step[0], step[2]) for step in change.steps]
    return _told(change, row, notes, _prices(befores, line), _prices(afters, line))


def _told(change: PriceChange, row: CampaignCustomer, notes: list[str], before: str, after: str) -> dict[str, Any]:
    return {
        "code": change.subject.code,
        "name": change.subject.name,
        "notes": notes,
        "agreement": change.line.agreement.number,
        "before": before,
        "rate": percent(row.asked, 2, signed=True),
        "after": after,
        "per": number(change.line.price_unit),
    }


def _prices(prices: list[Any], line: Any) -> str:
    """One price, or each step of a scale on a line of its own."""
    written = [
        f"{number(price, line.decimals, most=5)} {line.currency}"
        if quantity is None
        else f"{number(quantity, None)} = {number(price, line.decimals, most=5)} {line.currency}"
        for quantity, price in prices
    ]
    return "\n".join(written)
