"""The budget book of a round or of one budget: a cover, the totals beside the year before, and the lines by customer and month."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.utils import translation
from django.utils.dates import MONTHS_3
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from accounts.documents import letterhead
from accounts.models import Customer
from budgets.documents.account_costs import cost_table
from budgets.documents.forms import BOOK, Block
from budgets.models import Budget, BudgetLine, BudgetRound, IssuedPaper, PaperKind, months_of
from budgets.reports.board import tally_of
from budgets.reports.book import Book, Part, book_of
from budgets.reports.planned_costs import cost_rows
from budgets.reports.ratio import Ratio
from budgets.reports.standings import DIMENSIONS
from kam.core.formats import day, number
from kam.core.printing import Contents, Letterhead
from kam.core.workflow import Denied

#: What is printed at most; the rest stands in one row each, so that every table adds up. More would not be set in time.
MOST_LINES, MOST_PARTS = 500, 60
#: Statuses from which on a round is what it will be.
SETTLED = {BudgetRound.Status.APPROVED, BudgetRound.Status.PUBLISHED, BudgetRound.Status.CLOSED}


def budget_book(key: str, *, actor: Any) -> Contents:
    """The book of `round:12`, of what its reader sees of it, or of `budget:12`. Raises Denied where it is not theirs."""
    noun, _colon, text = str(key).partition(":")
    model: Any = {"round": BudgetRound, "budget": Budget}.get(noun)
    record = model.objects.visible_to(actor).for_list().filter(pk=int(text)).first() if model and text.isdecimal() else None
    if record is None:
        raise Denied("not_found", _("There is no such record."), status=404)
    only = record if isinstance(record, Budget) else None
    one: BudgetRound = only.round if only else record
    rows = Budget.objects.visible_to(actor).filter(round=one).for_list().with_cost_rights(actor)
    budgets = list(rows.filter(pk=only.pk) if only else rows.order_by("contributor__last_name", "contributor__first_name", "pk"))
    found = book_of(one, budgets, actor, MOST_LINES)
    settled = one.status in SETTLED or (only is not None and only.status == Budget.Status.APPROVED)
    with translation.override(actor.language):
        return Contents(
            template="sheet.typ",
            form=BOOK,
            title=_("Budget book"),
            number=f"{one.year} {one.name}",
            language=actor.language,
            path=record.get_absolute_url(),
            letterhead=letterhead(only.location, actor.language) if only else Letterhead(),
            draft=not settled,
            confidential=True,
            data={
                "landscape": True,
                "subtitle": f"{only.contributor} · {only.location.name}" if only else str(one),
                "blocks": [
                    *_cover(one, only, budgets),
                    *_totals(one, budgets, found),
                    *cost_table(one, cost_rows(budgets, actor)),
                    *_lines(one, found),
                ],
            },
            file_name=f"{_('Budget book')} {one.year} {one.name}.pdf".replace("/", "-"),
            issued=IssuedPaper(
                kind=PaperKind.BOOK,
                round=one,
                budget=only,
                first_month=one.first_month,
                versions=one.name,
                with_costs=reads_costs(budgets),
            ),
        )


def reads_costs(budgets: Sequence[Budget]) -> bool:
    """Whether the reader reads the margins of all these budgets."""
    return bool(budgets) and all(budget.reads_cost for budget in budgets)  # type: ignore[attr-defined]


def _cover(one: BudgetRound, only: Budget | None, budgets: Sequence[Budget]) -> list[Block]:
    """What it is the book of, at which rates, who approved what; and the guidelines."""
    tally = tally_of(one) if only is None and len(budgets) == one.budgets.count() else None
    rates = " · ".join(f"{rate.currency} {number(rate.rate, None)}" for rate in one.rates.order_by("currency"))
    pairs = [
        [_("Budget round"), f"{one} · {one.get_kind_display()}"],
        [_("Year"), f"{capfirst(str(MONTHS_3[one.first_month.month]))} {one.first_month.year} – "
                    f"{capfirst(str(MONTHS_3[months_of(one.first_month)[-1].month]))} {months_of(one.first_month)[-1].year}"],
        [_("Version"), one.name],
        [_("Status"), str(one.get_status_display())],
        [_("Budgets due on"), day(one.deadline)],
        [_("Currency"), one.currency],
        *([[_("Budget rates"), rates]] if rates else []),
        *([[_("Months that are over"), str(one.get_closed_months_display())]] if one.kind == BudgetRound.Kind.REVISION else []),
        *([[_("Top-down target"), number(only.top_down)]] if only and only.top_down is not None else []),
        *([[_("Top-down target"), number(tally.top_down)], [_("Bottom-up"), number(tally.bottom_up)], [_("Gap"), number(tally.gap)]] if tally else []),
        *([[_("Stretch"), f"{number(one.stretch)} · {one.stretch_reason}"]] if one.stretch else []),
        *([[_("Approved"), f"{day(one.approved_at)} · {one.approved_by}"]] if one.approved_at else []),
        *([[_("Published"), day(one.published_at)]] if one.published_at else []),
    ]  # fmt: skip
    columns = [
        {"label": _("Contributor")}, {"label": _("Location"), "width": 60}, {"label": _("Status"), "width": 34},
        {"label": _("Approved"), "width": 24}, {"label": _("Approved by"), "width": 50},
        {"label": _("Revenue"), "width": 32, "number": True},
    ]  # fmt: skip
    rows = [
        [
            str(budget.contributor),
            str(budget.location.name),
            str(budget.get_status_display()),
            day(budget.approved_at) if budget.approved_at else "",
            str(budget.approved_by or ""),
            number(budget.revenue),
        ]
        for budget in budgets
    ]
    whole = sum((budget.revenue for budget in budgets), Decimal(0))
    totals = [[_("Total"), "", "", "", "", number(whole)]] if len(rows) > 1 else []
    blocks: list[Block] = [{"kind": "facts", "pairs": pairs}]
    if only is None and len(budgets) < one.budgets.count():
        blocks.append(
            {"kind": "notice", "text": _("This book holds the budgets that its reader sees, not those of the whole round.")}
        )
    if rows:
        blocks += [
            {"kind": "heading", "text": _("Budgets")},
            {"kind": "table", "columns": columns, "rows": rows, "totals": totals},
        ]
    if one.guidelines:
        blocks += [{"kind": "heading", "text": _("Guidelines")}, {"kind": "text", "text": one.guidelines}]
    return blocks


def _totals(one: BudgetRound, budgets: Sequence[Budget], found: Book) -> list[Block]:
    """The plan by each dimension beside the year before, where it is the reader's; margins for who reads those of all the budgets."""
    costs = reads_costs(budgets)
    columns: list[Block] = [
        {"label": ""}, *([{"label": _("Year before"), "width": 34, "number": True}] if found.compared else []),
        {"label": f"{_('Budget')} {one.year}", "width": 34, "number": True},
        *([{"label": "Δ", "width": 32, "number": True}, {"label": "Δ %", "width": 24, "number": True}] if found.compared else []),
        *([{"label": _("Margin"), "width": 32, "number": True}, {"label": _("Margin %"), "width": 22, "number": True}] if costs else []),
    ]  # fmt: skip
    blocks: list[Block] = [{"kind": "page"}, {"kind": "title", "text": _("Totals")}]
    several = {"person", "location"}
    for by, label in ((by, str(DIMENSIONS[by].label)) for by in found.by if by != "customer"):
        parts = found.by[by]
        if not parts or (by in several and len(parts) == 1):
            continue
        rows = [[name, *_figures(part, found.compared, costs)] for name, part in _named(by, parts)]
        total = [_("Total"), *_figures(found.whole, found.compared, costs)]
        blocks += [{"kind": "heading", "text": label}, {"kind": "table", "columns": columns, "rows": rows, "totals": [total]}]
    text = _(
        "In %(currency)s at the budget rates. The year before: goods sold in the same months a year earlier; where a month is not over yet, those of one year more."
    )
    return [*blocks, *([{"kind": "text", "text": text % {"currency": one.currency}}] if found.compared else [])]


def _named(by: str, parts: dict[int | None, Part]) -> list[tuple[str, Part]]:
    """The parts by size, each with its name; beyond the first ones what is left in one."""
    names = {record.pk: str(record) for record in DIMENSIONS[by].model.objects.filter(pk__in=[key for key in parts if key])}
    ordered = sorted(parts.items(), key=lambda item: (-item[1].revenue, -item[1].before, names.get(item[0] or 0, "")))
    rows = [(names.get(key or 0, _("Rest")), part) for key, part in ordered]
    if len(rows) <= MOST_PARTS:
        return rows
    others = Part()
    for _name, part in rows[MOST_PARTS:]:
        others = others.plus(part)
    return [*rows[:MOST_PARTS], (_("Others"), others)]


def _figures(part: Part, compared: bool, costs: bool) -> list[str]:
    growth = [number(part.growth.numerator, signed=True), _percent(part.growth, signed=True)]
    return [
        *([number(part.before)] if compared else []),
        number(part.revenue),
        *(growth if compared else []),
        *([number(part.margin.numerator), _percent(part.margin)] if costs else []),
    ]


def _percent(ratio: Ratio, signed: bool = False) -> str:
    return _("n/a") if ratio.percent is None else number(ratio.percent, 1, signed=signed)


def _lines(one: BudgetRound, found: Book) -> list[Block]:
    """Customer by customer: its year before, its year and months, and its lines; what is not printed stands in one row of its own."""
    columns = [
        {"label": _("Customer, what, to which plant")}, {"label": _("Quantity"), "width": 19, "number": True},
        {"label": _("Year before") if found.compared else "", "width": 17, "number": True}, {"label": one.year, "width": 17, "number": True},
        *({"label": capfirst(str(MONTHS_3[month.month])), "width": 13.2, "number": True} for month in months_of(one.first_month)),
    ]  # fmt: skip
    theirs: dict[int | None, list[tuple[BudgetLine, Part]]] = {}
    for line, customer, part in found.lines:
        theirs.setdefault(customer, []).append((line, part))
    rows: list[Any] = []
    lost: list[list[str]] = []
    others = Part()
    for key, name, part in _customers(found):
        left = part
        if key in theirs:
            rows.append({"group": [name, "", _before(part, found), *_year(part)]})
        elif not part.revenue and len(lost) < MOST_PARTS:
            lost.append([name, "", _before(part, found), *_year(part)])
        else:
            others = others.plus(part)
        for line, own in theirs.get(key, []):
            left = left.plus(own, -1)
            rows.append([_what(line), _quantity(line), "", *_year(own)])
        if key in theirs and left.revenue:
            rows.append([_("Other lines"), "", "", *_year(left)])
    rows += lost
    if others.revenue or others.before:
        rows.append([_("Other customers"), "", _before(others, found), *_year(others)])
    if not rows:
        return []
    whole = [_("Total"), "", _before(found.whole, found), *_year(found.whole)]
    return [
        {"kind": "page"},
        {"kind": "title", "text": _("Lines by customer")},
        {"kind": "table", "columns": columns, "rows": rows, "totals": [whole], "compact": True},
    ]


def _customers(found: Book) -> list[tuple[int | None, str, Part]]:
    """The customers by what is planned for them, then by what they bought."""
    parts = found.by["customer"]
    names = {one.pk: str(one) for one in Customer.objects.filter(pk__in=[key for key in parts if key])}
    ordered = sorted(parts.items(), key=lambda item: (-item[1].revenue, -item[1].before, names.get(item[0] or 0, "")))
    return [(key, names.get(key or 0, _("Rest of markets")), part) for key, part in ordered]


def _before(part: Part, found: Book) -> str:
    return number(part.before) if found.compared else ""


def _year(part: Part) -> list[str]:
    return [number(part.revenue), *(number(amount) if amount else "" for amount in part.months)]


def _what(line: BudgetLine) -> str:
    """What is sold, and below it to which plant, and whether that is still to be won."""
    buyer = line.plant.name if line.plant else line.buyer
    chance = "" if line.chance == BudgetLine.Chance.RUNNING else f" · {line.get_chance_display()}"
    return f"{line.article}\n{buyer}{chance}"


def _quantity(line: BudgetLine) -> str:
    return f"{number(line.quantity)} {line.unit_words}".strip() if line.quantity else ""
