"""Two versions of a budget as a sheet: every line that differs, with the year and each month before and now."""

from collections.abc import Iterator
from typing import Any

from django.utils import translation
from django.utils.formats import date_format
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from budgets.models import Budget, months_of
from budgets.reports.changes import LineChange, changes_between
from kam.core.access_log import AccessLog, log_access
from kam.core.excel import Column
from kam.core.excel_files import Sheet, write_workbook
from kam.core.workflow import Denied

SIDES = (("before", _("before")), ("now", _("now")))
MEASURES = (("revenue", "revenues", _("Revenue"), 2), ("quantity", "quantities", _("Quantity"), 3))


def run_comparison(job: Any, report: Any) -> dict[str, Any]:
    """The job kind `budgets.compare_versions`: what differs between two budgets that its owner reads, with the rights of now. Raises Denied."""
    budgets = Budget.objects.visible_to(job.actor).for_list().in_bulk([job.params["before"] or 0, job.params["now"]])
    before, now = (budgets.get(job.params[name]) for name in ("before", "now"))
    if before is None or now is None:
        raise Denied("not_found", _("There is no such record."), status=404)
    with translation.override(job.actor.language):
        columns = _columns(now)
        changes = changes_between(before, now)
        name = f"{before.round.year} {before.round.name} - {now.round.year} {now.round.name}"
        log_access(AccessLog.Kind.EXPORT, job.actor, about=f"{now}: {name}: {len(changes)}")
        rows = _rows(changes)
        written = write_workbook([Sheet(name, columns, rows)], report.file(f"{name}.xlsx"), language=job.actor.language)
    return {"rows": written}


def _columns(now: Budget) -> list[Column]:
    """What the line is, the year on both sides, then month by month."""
    names = [date_format(month, "M") for month in months_of(now.round.first_month)]
    columns = [
        Column("buyer", _("To whom"), width=34),
        Column("article", _("What"), width=30),
        Column("kind", _("Change")),
        Column("class", _("Class")),
        Column("currency", _("Currency")),
        Column("unit", _("Unit")),
    ]
    for code, _months, label, decimals in MEASURES:
        for side, word in (*SIDES, ("more", _("difference"))):
            columns.append(Column(f"{code}_{side}", format_lazy("{}, {}", label, word), "decimal", decimals=decimals))
    for code, _months, label, decimals in MEASURES:
        for place, month in enumerate(names):
            for side, word in SIDES:
                text = format_lazy("{} {}, {}", label, month, word)
                columns.append(Column(f"{code}_{place}_{side}", text, "decimal", decimals=decimals))
    return columns


def _rows(changes: list[LineChange]) -> Iterator[dict[str, Any]]:
    for row in changes:
        line = row.line
        values: dict[str, Any] = {
            "buyer": line.buyer, "article": line.article, "kind": str(row.kind.label), "class": row.class_change, "currency": line.currency, "unit": line.unit_words,
        }  # fmt: skip
        more = {"revenue": row.difference, "quantity": row.quantity_difference}
        for code, months, _label, _decimals in MEASURES:
            values |= {f"{code}_{side}": getattr(row, f"{code}_{side}") for side, _word in SIDES}
            values[f"{code}_more"] = more[code]
            for side, _word in SIDES:
                held = getattr(row, f"{months}_{side}") or [None] * 12
                values |= {f"{code}_{place}_{side}": month for place, month in enumerate(held)}
        yield values
