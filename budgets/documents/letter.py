"""The target letter: what the year asks of a person, by quarter and month, product and market, in that person's language."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import translation
from django.utils.dates import MONTHS
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from accounts.documents import letterhead
from accounts.models import Customer, Location, Market, User
from budgets.documents.account_costs import cost_lines
from budgets.documents.forms import LETTER, Block
from budgets.models import IssuedPaper, Measure, PaperKind, months_of, year_name
from budgets.reports.letter import Letter, Sum, letter_of, letter_targets
from budgets.reports.my_year import reads_measure
from budgets.reports.planned_costs import CostRow, costs_of_year
from budgets.reports.ratio import Ratio
from budgets.reports.standings import Question
from catalog.models import ProductFamily, unit_words
from kam.core.formats import day, number
from kam.core.printing import Contents, Letterhead
from kam.core.workflow import Denied

#: So many rows of a table are printed; the rest stands in one, so that each table adds up.
MOST_PARTS = 25
MODELS: dict[str, Any] = {
    "family": ProductFamily,
    "sector": Market,
    "area": Market,
    "customer": Customer,
    "selling_location": Location,
}


def letter_key(person: User, first_month: date, *, actor: Any) -> str:
    """What the letter of a person's year is asked for by. Raises Denied where the actor has none to print."""
    if not letter_targets(actor, person, first_month).exists():
        text = _(
            "The letter is written when targets are published; it is for the person, and for who sees all of that person's targets."
        )
        raise Denied("no_letter", text)
    return f"{first_month.isoformat()}:{person.pk}"


def target_letter(key: str, *, actor: Any) -> Contents:
    """The letter of a year and a person, `2026-01-01:12`: for that person, and for who sees all their targets. Raises Denied."""
    text, _colon, number_ = str(key).partition(":")
    person = User.objects.filter(pk=int(number_)).first() if number_.isdecimal() else None
    try:
        first_month = date.fromisoformat(text)
    except ValueError:
        first_month = None
    found = letter_of(actor, person, first_month) if person and first_month else None
    if found is None or person is None or first_month is None:
        raise Denied("not_found", _("There is no such record."), status=404)
    margin = Question(first_month, person=person, measure=Measure.MARGIN)
    # Whoever prints it hands it over: what the person may not read is not in it, whoever prints.
    costs = reads_measure(margin, actor) and reads_measure(margin, person)
    places = sorted(key for key in found.by["selling_location"] if key)
    spending, spent_at = costs_of_year(person, first_month, actor)
    with translation.override(person.language):
        one = Location.objects.filter(pk=places[0]).first() if len(places) == 1 else None
        return Contents(
            template="sheet.typ",
            form=LETTER,
            title=_("Target letter"),
            number=year_name(first_month),
            language=person.language,
            path=f"/budgets/my-year/?of=person-{person.pk}&year={first_month.isoformat()}",
            letterhead=letterhead(one, person.language) if one else Letterhead(),
            confidential=True,
            data={"addressee": [str(person)], "reference": _reference(found), "blocks": _blocks(found, costs, spending)},
            file_name=f"{_('Target letter')} {year_name(first_month)} {person}.pdf".replace("/", "-"),
            issued=IssuedPaper(
                kind=PaperKind.LETTER,
                round=found.rounds[-1],
                person=person,
                people=[person.pk],
                locations=sorted({*places, *spent_at}),
                first_month=first_month,
                versions=", ".join(one.name for one in found.rounds)[:80],
                with_costs=costs,
            ),
        )


def _reference(found: Letter) -> list[list[str]]:
    last = found.rounds[-1]
    return [
        [_("Year"), year_name(found.first_month)],
        [_("Version"), ", ".join(one.name for one in found.rounds)],
        [_("Approved"), day(last.approved_at)],
        [_("Published"), day(last.published_at)],
        [_("Currency"), last.currency],
    ]


def _blocks(found: Letter, costs: bool, spending: Sequence[CostRow]) -> list[Block]:
    """What is asked, by when, of what and where, and what may be spent on it; the guidelines, and who signs."""
    last, whole = found.rounds[-1], found.whole
    text = _(
        "These are your targets of the year %(year)s as they follow from the approved budget. They are at the budget rates and hold"
        " until a revision is published."
    )
    pairs = [[_("Revenue of the year"), f"{number(whole.revenue)} {last.currency}"]]
    if found.original != whole.revenue:
        pairs.append([_("Original target"), f"{number(found.original)} {last.currency}"])
    if whole.quantities:
        pairs.append([_("Quantity of the year"), _quantities(whole)])
    if costs:
        pairs.append(
            [_("Margin of the year"), f"{number(whole.margin)} {last.currency} ({_share(whole.margin, whole.costed)} %)"]
        )
    blocks: list[Block] = [
        {"kind": "text", "text": text % {"year": year_name(found.first_month)}},
        {"kind": "facts", "pairs": pairs},
        {"kind": "heading", "text": _("By quarter and month")},
        _months(found),
    ]
    tables = [(_("Product families"), "family"), (_("Sectors"), "sector"), (_("Countries and areas"), "area"),
              (_("Customers"), "customer"), (_("Locations"), "selling_location")]  # fmt: skip
    for label, name in tables:
        blocks += [{"kind": "heading", "text": label}, _table(found, name, costs)]
    blocks += cost_lines(spending, last.currency)
    guidelines = [one.guidelines for one in found.rounds if one.guidelines]
    if guidelines:
        blocks += [{"kind": "heading", "text": _("Guidelines")}, *({"kind": "text", "text": one} for one in guidelines)]
    people = [str(found.person), *([str(last.requested_by)] if last.requested_by != found.person else [])]
    return [*blocks, {"kind": "signatures", "names": [_("Place and date"), *people]}]


def _months(found: Letter) -> Block:
    """Each quarter with its months, what they are of the year, and what they add up to."""
    whole = found.whole
    columns = [
        {"label": _("Month")}, {"label": _("Revenue"), "width": 36, "number": True},
        {"label": _("Share of the year"), "width": 36, "number": True}, {"label": _("Cumulative"), "width": 36, "number": True},
    ]  # fmt: skip
    rows: list[Any] = []
    reached = Decimal(0)
    for place, month in enumerate(months_of(found.first_month)):
        if place % 3 == 0:
            amount = sum(whole.months[place : place + 3], Decimal(0))
            name = _("Quarter %(number)s") % {"number": place // 3 + 1}
            rows.append({"group": [name, number(amount), f"{_share(amount, whole.revenue)} %", number(reached + amount)]})
        amount = whole.months[place]
        reached += amount
        name = f"{capfirst(str(MONTHS[month.month]))} {month.year}"
        rows.append([name, number(amount), f"{_share(amount, whole.revenue)} %", number(reached)])
    total = [_("Total"), number(whole.revenue), "100 %" if whole.revenue else "", ""]
    return {"kind": "table", "columns": columns, "rows": rows, "totals": [total]}


def _table(found: Letter, name: str, costs: bool) -> Block:
    """The targets by a dimension, the largest first."""
    parts = found.by[name]
    names = {one.pk: str(one) for one in MODELS[name].objects.filter(pk__in=[key for key in parts if key])}
    ordered = sorted(parts.items(), key=lambda item: (-item[1].revenue, names.get(item[0] or 0, "")))
    columns = [
        {"label": ""}, {"label": _("Quantity"), "width": 34, "number": True}, {"label": _("Revenue"), "width": 28, "number": True},
        {"label": "%", "width": 14, "number": True}, *([{"label": _("Margin"), "width": 26, "number": True}] if costs else []),
    ]  # fmt: skip
    rows = [_row(names.get(key or 0, _("Rest")), part, found.whole, costs) for key, part in ordered[:MOST_PARTS]]
    if ordered[MOST_PARTS:]:
        others = Sum()
        for _key, part in ordered[MOST_PARTS:]:
            others.join(part)
        rows.append(_row(_("Others"), others, found.whole, costs))
    return {"kind": "table", "columns": columns, "rows": rows, "totals": [_row(_("Total"), found.whole, found.whole, costs)]}


def _row(name: str, part: Sum, whole: Sum, costs: bool) -> list[str]:
    cells = [name, _quantities(part), number(part.revenue), _share(part.revenue, whole.revenue)]
    return [*cells, number(part.margin)] if costs else cells


def _quantities(part: Sum) -> str:
    """The quantities, those of different units apart."""
    return "\n".join(f"{number(amount)} {unit_words(unit)}".strip() for unit, amount in sorted(part.quantities.items()))


def _share(amount: Decimal, whole: Decimal) -> str:
    percent = Ratio(amount, whole).percent
    return _("n/a") if percent is None else number(percent, 1)
