"""The lines of budgets as a sheet: what goes out comes back, months and all; only the reader's own open budgets take any in."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, Location, Market, Plant
from budgets.actions import add_line, edit_cells, edit_line, phase_line
from budgets.actions.lines import CellValue
from budgets.actions.totals import keep_totals
from budgets.excel.base import BUDGET_COLUMNS, OfBudgets
from budgets.models import Budget, BudgetLine, BudgetRound
from catalog.models import Product, ProductFamily
from kam.core.excel import Column, SheetRow
from kam.core.import_kinds import Change, Plan

ZERO = Decimal(0)
MONTHS = [f"month_{month:02d}" for month in range(1, 13)]
#: Columns of a sheet that only tell: what others set against a row.
TO_BE_READ = ("counter", "challenge_reason", "proposed")
MODELS: dict[str, Any] = {
    "plant": Plant,
    "customer": Customer,
    "market": Market,
    "product": Product,
    "family": ProductFamily,
    "producing_location": Location,
}


def _code(name: str) -> Any:
    """The code of what a line names, or nothing."""
    return lambda row: getattr(getattr(row, name), "code", "")


def _month(place: int) -> Any:
    """What a month of a line brings."""
    return lambda row: row.cells.all()[place].revenue


def _filled(row: SheetRow) -> list[str]:
    """The months that a row fills; a zero fills none."""
    return [key for key in MONTHS if row.values.get(key)]


def _join(first: SheetRow, others: list[SheetRow]) -> None:
    """Put the months, quantities and comments of further rows of a line into its first one."""
    rows = [first, *others]
    quantities = [row.values["quantity"] for row in rows if row.values.get("quantity") is not None]
    comments = dict.fromkeys(row.values["comment"] for row in rows if row.values.get("comment"))
    first.values |= {key: sum((row.values.get(key) or ZERO for row in rows), ZERO) for key in MONTHS}
    first.values |= {"revenue": None, "quantity": sum(quantities) if quantities else None}
    if "comment" in first.values:
        first.values["comment"] = " · ".join(comments)


class BudgetLines(OfBudgets):
    """Lines of the reader's own budgets that are in preparation: the year, or each month, in the line's currency.

    A year's revenue or quantity is spread over the months, equally in a new line and in its own shape in one that is there.
    Rows of one line that fill different months (a row a quarter) are one line.
    """

    together = ("round", "location", *MODELS, "currency", "chance")
    code, label, verb = "budgets.lines", _("Budget lines"), "budgets.add_line"
    fallback = "revenue"
    columns = (
        *BUDGET_COLUMNS,
        Column("plant", _("customer plant"), "reference", source=_code("plant"), fixed=True),
        Column("customer", _("rest of a customer"), "reference", source=_code("customer"), fixed=True),
        Column("market", _("rest of a market"), "reference", source=_code("market"), fixed=True),
        Column("product", _("product"), "reference", source=_code("product"), fixed=True),
        Column("family", _("product family"), "reference", source=_code("family"), fixed=True),
        Column(
            "producing_location",
            _("producing location"),
            "reference",
            source="producing_location.code",
            fixed=True,
            help=_("empty for the selling one"),
        ),
        Column("currency", _("currency"), max_length=3, help=_("empty for the location's"), fixed=True),
        Column("chance", _("class"), "choice", values=BudgetLine.Chance.choices),
        Column("quantity", _("quantity of the year"), "decimal", minimum=ZERO, decimals=3),
        Column("revenue", _("revenue of the year"), "decimal", minimum=ZERO, decimals=2),
        *(
            Column(key, format_lazy("{} {}", _("month"), place), "decimal", minimum=ZERO, decimals=2, source=_month(place - 1))
            for place, key in enumerate(MONTHS, 1)
        ),
        Column("comment", _("comment"), max_length=400),
        Column(
            "counter",
            _("counter-figure"),
            "decimal",
            decimals=2,
            fixed=True,
            help=_("to be read: what whoever approves sets against it"),
        ),
        Column("challenge_reason", _("what has to change"), fixed=True, help=_("to be read only")),
        Column(
            "proposed",
            _("proposed revenue"),
            "decimal",
            decimals=2,
            fixed=True,
            help=_("to be read: what the row's counterpart would plan"),
        ),
    )

    def prepare(self, rows: list[SheetRow], *, actor: Any, sheet: str) -> Plan:
        """New lines, and those whose months, year, class or comment differ."""
        plan = Plan()
        rows = self.of_budgets(rows, plan, actor, sheet)
        for key, model in MODELS.items():
            codes = {row.values.get(key) for row in rows} - {None, ""}
            seen = model._default_manager.visible_to(actor).filter(code__in=codes)
            rows = self.resolve(rows, key, {record.code: record for record in seen}, plan, sheet)
        rows = self._joined(self._summed(rows, plan, sheet), plan, sheet)
        present = self._present({row.values["budget"] for row in rows})
        named = {self._key(row) for row in rows}
        for row in rows:
            months: list[Decimal] = []
            if any(row.values.get(key) is not None for key in MONTHS):
                months = [row.values.get(key) or ZERO for key in MONTHS]
            line = self._line_of(row, present, named)
            told = [name for name in TO_BE_READ if row.values.get(name) not in (None, "", getattr(line, name, None))]
            if told:
                plan.errors += [self.error(sheet, row, name, _("what stands there; it is to be read only")) for name in told]
                continue
            self._sort(row, months, line, plan)
        return self.try_out(rows, plan, actor=actor, sheet=sheet)

    def _summed(self, rows: list[SheetRow], plan: Plan, sheet: str) -> list[SheetRow]:
        """The rows whose year, where it is stated beside months, is their sum."""
        kept = []
        for row in rows:
            months = [row.values[key] for key in MONTHS if row.values.get(key) is not None]
            if months and row.values.get("revenue") not in (None, sum(months)):
                plan.errors.append(self.error(sheet, row, "revenue", _("the sum of the months, or nothing")))
            else:
                kept.append(row)
        return kept

    def _joined(self, rows: list[SheetRow], plan: Plan, sheet: str) -> list[SheetRow]:
        """One row a line: those of the same line are joined where they fill different months; where two fill one, it is a fault."""
        lines: dict[tuple[Any, ...], list[SheetRow]] = {}
        for row in rows:
            lines.setdefault(self._key(row), []).append(row)
        for first, *others in lines.values():
            filled = dict.fromkeys(_filled(first), first)
            for row in others:
                mine = _filled(row)
                twice = next((key for key in mine if key in filled), "")
                if twice:
                    expected = _("a month that no other row of the same line fills; row %(row)d does")
                    plan.errors.append(self.error(sheet, row, twice, expected % {"row": filled[twice].number}))
                elif not mine or not filled:
                    expected = _("each only once; it stands in row %(row)d already")
                    plan.errors.append(self.error(sheet, row, "product", expected % {"row": first.number}))
                else:
                    filled |= dict.fromkeys(mine, row)
            if others:
                _join(first, others)
        return [first for first, *_others in lines.values()]

    @staticmethod
    def _key(row: SheetRow) -> tuple[Any, ...]:
        values = row.values
        budget = values["budget"]
        made_at = values.get("producing_location") or budget.location
        keys = [getattr(values.get(name), "pk", None) for name in ("plant", "customer", "market", "product", "family")]
        return (
            budget.pk,
            *keys,
            made_at.pk,
            values.get("currency") or budget.location.currency,
            values.get("chance") or "running",
        )

    def _line_of(
        self, row: SheetRow, present: dict[tuple[Any, ...], BudgetLine], named: set[tuple[Any, ...]]
    ) -> BudgetLine | None:
        """The line that a row is about: of the same class, else the only one of another class that no other row names."""
        key = self._key(row)
        if key in present:
            return present[key]
        others = [line for held, line in present.items() if held[:-1] == key[:-1] and held not in named]
        return others[0] if len(others) == 1 else None

    @staticmethod
    def _present(budgets: Iterable[Budget]) -> dict[tuple[Any, ...], BudgetLine]:
        lines = BudgetLine.objects.filter(budget__in=list(budgets)).prefetch_related("cells")
        return {
            (
                line.budget_id, line.plant_id, line.customer_id, line.market_id, line.product_id, line.family_id,
                line.producing_location_id, line.currency, line.chance,
            ): line
            for line in lines
        }  # fmt: skip

    def _sort(self, row: SheetRow, months: list[Decimal], line: BudgetLine | None, plan: Plan) -> None:
        values = row.values
        label = f"{values.get('plant') or values.get('customer') or values.get('market') or '–'} · {values.get('product') or values.get('family') or '–'}"
        wanted = {"revenue": None if months else values.get("revenue"), "quantity": values.get("quantity")}
        if line is None:
            named = {name: values.get(name) for name in (*MODELS, "currency", "chance", "comment")}
            what = {name: value for name, value in named.items() if value not in (None, "")}
            plan.create.append(Change(row.number, label, what | wanted | {"budget": values["budget"], "months": months}))
            return
        before = {"revenue": line.revenue, "quantity": line.quantity, "comment": line.comment, "chance": line.chance}
        wanted |= {"comment": values.get("comment") or "", "chance": values.get("chance") or None}
        changed = {name: value for name, value in wanted.items() if value is not None and value != before[name]}
        if "comment" not in values:
            changed.pop("comment", None)
        held = [cell.revenue for cell in line.cells.all()]
        if months and months != held:
            changed["months"], before["months"] = months, held
        if changed:
            plan.update.append(Change(row.number, label, changed, line, {name: before[name] for name in changed}))
        else:
            plan.unchanged += 1

    def write(self, change: Change, *, actor: Any, reason: str) -> Any:
        """Make a line, or change what differs in one that is there."""
        values = dict(change.values)
        months = values.pop("months", [])
        if change.record is None:
            budget = values.pop("budget")
            given = {name: values.pop(name) for name in ("revenue", "quantity")}
            given = {} if months else {name: value for name, value in given.items() if value is not None}
            line = add_line(budget, actor=actor, reason=reason, imported=True, **given, **values)
        else:
            line = change.record
            itself = {name: values.pop(name) for name in ("comment", "chance") if name in values}
            if itself:
                edit_line(line, actor=actor, reason=reason, **itself)
            if values:
                phase_line(line, actor=actor, reason=reason, **values)
        if months:
            cells = [
                CellValue(line.pk, cell.month, cell.quantity, revenue=month)
                for cell, month in zip(line.cells.order_by("month"), months, strict=True)
                if cell.revenue != month
            ]
            if cells:
                edit_cells(line.budget, actor=actor, reason=reason, cells=cells)
        return line

    def export_rows(self, actor: Any) -> Iterable[Any]:
        """The lines of the reader's own budgets that are in preparation."""
        rows = BudgetLine.objects.permitted(actor, self.verb).filter(
            budget__round__status=BudgetRound.Status.OPEN, budget__status__in=[Budget.Status.DRAFT, Budget.Status.RETURNED]
        )
        return rows.for_list().prefetch_related("cells").order_by("budget", "-revenue", "pk")

    def taken_back(self, *, actor: Any) -> None:
        """The kept totals of the budgets follow their lines."""
        for budget in (
            Budget.objects.permitted(actor, self.verb).filter(round__status=BudgetRound.Status.OPEN).select_related("round")
        ):
            keep_totals([budget.pk], budget.round.decimals)
