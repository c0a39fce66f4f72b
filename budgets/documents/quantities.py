"""The quantity plan of a producing location on paper: product by month, what changed and what Production answered; never a price."""

from typing import Any

from django.utils import translation
from django.utils.dates import MONTHS_3
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from accounts.documents import letterhead
from budgets.documents.forms import QUANTITIES, Block
from budgets.models import BudgetRound, IssuedPaper, PaperKind, PlanAnswer, QuantityPlan, months_of
from budgets.reports.quantities import QuantityRow, quantity_rows, to_answer
from kam.core.formats import day, number
from kam.core.printing import Contents
from kam.core.workflow import Denied


def quantity_sheet(key: str, *, actor: Any) -> Contents:
    """The sheet of a quantity plan. Raises Denied where it is not the reader's."""
    plan = QuantityPlan.objects.visible_to(actor).for_list().filter(pk=int(key)).first() if str(key).isdecimal() else None
    if plan is None:
        raise Denied("not_found", _("There is no such record."), status=404)
    one = plan.round
    with translation.override(actor.language):
        return Contents(
            template="sheet.typ",
            form=QUANTITIES,
            title=_("Quantity plan"),
            number=f"{one.year} {one.name} · {plan.location.code}",
            language=actor.language,
            path=plan.get_absolute_url(),
            letterhead=letterhead(plan.location, actor.language),
            draft=one.status == BudgetRound.Status.SHARED,
            confidential=True,
            data={"landscape": True, "subtitle": f"{plan.location.name} · {one}", "blocks": _blocks(plan)},
            file_name=f"{_('Quantity plan')} {one.year} {one.name} {plan.location.code}.pdf".replace("/", "-"),
            issued=IssuedPaper(kind=PaperKind.QUANTITIES, plan=plan, round=one, first_month=one.first_month, versions=one.name),
        )


def _blocks(plan: QuantityPlan) -> list[Block]:
    one, rows = plan.round, quantity_rows(plan)
    waiting = len(to_answer(plan, rows))
    pairs = [
        [_("Producing location"), str(plan.location.name)],
        [_("Version"), f"{one.name} · {one.get_status_display()}"],
        [_("Answered"), f"{day(plan.confirmed_at)} · {plan.confirmed_by}" if plan.confirmed_at else _("Not complete")],
        *([[_("Waiting for an answer"), _("%(count)s months of products") % {"count": number(waiting)}]] if waiting else []),
    ]
    blocks: list[Block] = [{"kind": "facts", "pairs": pairs}, {"kind": "heading", "text": _("To be made")}]
    if not rows:
        return [*blocks, {"kind": "text", "text": _("Nothing is to be made here.")}]
    return [*blocks, _table(plan, rows), *_answers(plan)]


def _table(plan: QuantityPlan, rows: list[QuantityRow]) -> Block:
    """Product by month in the product's unit; in a revision with what is more or less than before."""
    revision = plan.round.kind == BudgetRound.Kind.REVISION
    columns = [
        {"label": _("Product")}, {"label": _("Unit"), "width": 14}, {"label": _("Year"), "width": 18, "number": True},
        *([{"label": _("Change"), "width": 16, "number": True}] if revision else []),
        *({"label": capfirst(str(MONTHS_3[month.month])), "width": 14.2, "number": True}
          for month in months_of(plan.round.first_month)),
    ]  # fmt: skip
    cells = [
        [
            str(row.product),
            row.product.unit_words,
            number(row.quantity, most=3),
            *([number(row.change, most=3, signed=True) if row.changed else ""] if revision else []),
            *(_cell(cell, revision) for cell in row.cells),
        ]
        for row in rows
    ]
    return {"kind": "table", "columns": columns, "rows": cells, "compact": True}


def _cell(cell: Any, revision: bool) -> str:
    if not (cell.quantity or (revision and cell.change)):
        return ""
    change = f"\n{number(cell.change, most=3, signed=True)}" if revision and cell.change else ""
    return f"{number(cell.quantity, most=3)}{change}"


def _answers(plan: QuantityPlan) -> list[Block]:
    """What Production answered other than yes."""
    found = plan.answers.exclude(answer=PlanAnswer.Answer.YES).select_related("product").order_by("product__code", "month")
    months = months_of(plan.round.first_month)
    columns = [
        {"label": _("Product")}, {"label": _("Month"), "width": 26}, {"label": _("Answer"), "width": 44},
        {"label": _("Quantity"), "width": 28, "number": True}, {"label": _("From"), "width": 26}, {"label": _("Note"), "width": 70},
    ]  # fmt: skip
    rows = [
        [
            str(one.product),
            f"{capfirst(str(MONTHS_3[months[one.month - 1].month]))} {months[one.month - 1].year}",
            str(one.get_answer_display()),
            number(one.quantity, most=3) if one.quantity is not None else "",
            day(one.day) if one.day else "",
            one.note,
        ]
        for one in found
    ]
    if not rows:
        return []
    heading = _("Answered other than with yes")
    return [{"kind": "heading", "text": heading}, {"kind": "table", "columns": columns, "rows": rows}]
