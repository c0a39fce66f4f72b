"""The grid of a budget: one page on which thousands of cells are looked through, typed, pasted and spread."""

from decimal import Decimal
from typing import Any

from django.utils.dates import MONTHS_3
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from budgets.models import Budget, BudgetLine, months_of
from budgets.views.budgets import BudgetPage
from catalog.models import Unit, unit_words
from kam.core.money import minor_unit

#: The measures of a cell in the order of the keys Alt+1, Alt+2, …; `typed` says which may be written.
MEASURES: tuple[dict[str, Any], ...] = (
    {"code": "revenue", "label": gettext_lazy("Revenue"), "decimals": 2, "typed": True},
    {"code": "quantity", "label": gettext_lazy("Quantity"), "decimals": 3, "typed": True},
    {"code": "price", "label": gettext_lazy("Net price"), "decimals": 5, "typed": True},
)
#: What follows from what is typed, for who reads the costs of a line at least.
COST_MEASURES: tuple[dict[str, Any], ...] = (
    {"code": "cost", "label": gettext_lazy("Cost"), "decimals": 2, "typed": False},
    {"code": "margin", "label": gettext_lazy("Margin"), "decimals": 2, "typed": False},
)
#: The parts of the page's script, in their order.
SCRIPTS = [
    f"kam/js/grid/{name}.js"
    for name in ("numbers", "store", "spreading", "saving", "foot", "view", "edit", "panels", "people", "review", "grid")
]
#: How a total is spread.
WAYS: tuple[tuple[str, Any], ...] = (
    ("shape", gettext_lazy("In proportion to what is there")),
    ("equal", gettext_lazy("Equally")),
    ("last_year", gettext_lazy("As the year before")),
    ("row", gettext_lazy("As another line…")),
    ("growth", gettext_lazy("The year before and per cent…")),
    ("repeat", gettext_lazy("The same in every cell")),
)
#: Keys that the page lists under `?`.
KEYS: tuple[tuple[str, Any], ...] = (
    ("↑ ↓ ← →, Tab, Enter", gettext_lazy("Go to another cell")),
    ("Shift + ↑ ↓ ← →", gettext_lazy("Select")),
    ("Ctrl + ↑ ↓ ← →", gettext_lazy("To the edge")),
    ("0 … 9, F2", gettext_lazy("Type a figure; on a total: spread it")),
    ("Esc", gettext_lazy("Leave it as it was")),
    ("Del", gettext_lazy("Write zero")),
    ("Ctrl + D, Ctrl + R", gettext_lazy("Fill down, fill to the right")),
    ("Ctrl + C, Ctrl + V", gettext_lazy("Copy and paste, also from and to a spreadsheet")),
    ("Ctrl + Z, Ctrl + Y", gettext_lazy("Undo, redo")),
    ("Ctrl + L", gettext_lazy("Hold a cell, or let it go")),
    ("Shift + F2", gettext_lazy("Past and comments of a cell")),
    ("Alt + 1, 2, 3, …", gettext_lazy("Another measure")),
    ("Alt + ← →", gettext_lazy("Fold or unfold a quarter or a group")),
)
#: What the scripts of the grid say.
WORDS: dict[str, Any] = {
    "buyer": gettext_lazy("To whom"),
    "article": gettext_lazy("What"),
    "chance": gettext_lazy("Class"),
    "unit": gettext_lazy("Unit"),
    "year": gettext_lazy("Year"),
    "total": gettext_lazy("Total"),
    "sum": gettext_lazy("Sum"),
    "lines": gettext_lazy("%(count)s lines"),
    "fold": gettext_lazy("fold"),
    "unfold": gettext_lazy("unfold"),
    "empty": gettext_lazy("No line here."),
    "last_year": gettext_lazy("Year before"),
    "counter": gettext_lazy("Counter-figure"),
    "proposed": gettext_lazy("Proposed"),
    "asked": gettext_lazy("Top-down target"),
    "gap": gettext_lazy("Gap of all lines"),
    "accepted": gettext_lazy("%(count)s lines accepted as proposed."),
    "opened": gettext_lazy("%(count)s lines are to be looked at again."),
    "left": gettext_lazy("Still to look at: %(count)s."),
    "nothing_to_accept": gettext_lazy("No row here is still to be looked at."),
    "saving": gettext_lazy("Saving…"),
    "saved": gettext_lazy("Saved at %(time)s"),
    "offline": gettext_lazy("No connection: %(count)s changes are kept here"),
    "conflict": gettext_lazy("%(count)s cells were changed by somebody else too"),
    "not_saved": gettext_lazy("Not saved."),
    "locked": gettext_lazy("To be read only"),
    "over": gettext_lazy("What stands in a month that is over stays as it is."),
    "restored": gettext_lazy("%(count)s changes of your last visit are being saved."),
    "kept_closed": gettext_lazy("The budget takes no changes now; kept here: %(count)s."),
    "others_wrote": gettext_lazy("Somebody else changed %(count)s cells."),
    "nothing_compared": gettext_lazy("Nothing here to compare with."),
    "compared_only": gettext_lazy("What is compared cannot be changed."),
    "follows": gettext_lazy("This figure follows from the others."),
    "fault_text": gettext_lazy("“%(typed)s” is not a number."),
    "fault_negative": gettext_lazy("“%(typed)s” is below zero."),
    "fault_mark": gettext_lazy("“%(typed)s” has other decimal marks than the rest."),
    "fault_ambiguous": gettext_lazy("“%(typed)s” may be read in two ways; write it without thousands or with two decimals."),
    "price_alone": gettext_lazy("A price needs a quantity: %(count)s cells stay."),
    "held_sure": gettext_lazy("This cell is held. Change it all the same?"),
    "held": gettext_lazy("%(count)s cells held."),
    "freed": gettext_lazy("%(count)s cells let go."),
    "held_one": gettext_lazy("held"),
    "held_stay": gettext_lazy("%(count)s held cells stay."),
    "commented": gettext_lazy("with comments"),
    "all_held": gettext_lazy("Every cell is held."),
    "held_more": gettext_lazy("The held cells are more than this total."),
    "nothing_to_undo": gettext_lazy("Nothing to undo."),
    "nothing_to_redo": gettext_lazy("Nothing to redo."),
    "undone": gettext_lazy("%(count)s cells are as before."),
    "redone": gettext_lazy("%(count)s cells changed again."),
    "kept_theirs": gettext_lazy("%(count)s were changed since and stay."),
    "filled": gettext_lazy("%(count)s cells filled."),
    "skipped": gettext_lazy("%(count)s left out."),
    "copied": gettext_lazy("%(count)s cells copied."),
    "pasted": gettext_lazy("%(count)s cells pasted."),
    "read_foreign": gettext_lazy("Numbers were read as in %(sample)s."),
    "nothing_pasted": gettext_lazy("Nothing was pasted."),
    "too_many_rows": gettext_lazy("The block has %(rows)s rows, from here down there are %(room)s."),
    "too_many_columns": gettext_lazy("The block has %(columns)s columns, from here on there are %(room)s."),
    "is_total": gettext_lazy("This is a total; paste into lines."),
    "spread_done": gettext_lazy("Spread over %(count)s cells."),
    "adjusted": gettext_lazy("%(count)s cells changed."),
    "before": gettext_lazy("before"),
    "after": gettext_lazy("after"),
    "choose_month": gettext_lazy("Choose a month of a line."),
    "keep_mine": gettext_lazy("Keep mine"),
    "take_theirs": gettext_lazy("Take theirs"),
    "and_more": gettext_lazy("and %(count)s more"),
    "remove_sure": gettext_lazy("Take %(count)s lines with their months out of the budget?"),
    "removed": gettext_lazy("%(count)s lines removed."),
    "selection": gettext_lazy("%(count)s cells"),
}


def plain(words: dict[str, Any]) -> dict[str, Any]:
    """Words as the reader reads them."""
    return {key: str(word) if not isinstance(word, int | bool) else word for key, word in words.items()}


class BudgetGrid(BudgetPage):
    """The grid: written by who prepares the budget, read by who sees it."""

    template_name = "budgets/grid_page.html"

    def crumbs(self) -> list[tuple[Any, str]]:
        return [*super().crumbs(), (str(self.record), self.record.get_absolute_url())]

    def figures(self) -> dict[str, Any]:
        """What the scripts need to know: whose figures, in which money, in which words."""
        one: Budget = self.record
        round_ = one.round
        rates = {rate.currency: float(rate.rate) for rate in round_.rates.all()} | {round_.currency: 1.0}
        lines = BudgetLine.objects.visible_to(self.reader).filter(budget=one)
        costs = BudgetLine.objects.costs_visible_to(self.reader).filter(budget=one).exists()
        currencies = {*rates, *lines.order_by().values_list("currency", flat=True).distinct()}
        months = months_of(round_.first_month)
        return {
            "budget": one.pk,
            "title": str(one),
            "language": get_language(),
            "currency": round_.currency,
            "decimals": round_.decimals,
            "writable": one.accepts_work and self.may("budgets.edit_cells"),
            "would_write": self.may("budgets.edit_cells"),
            "may_comment": self.reader.may("core.write_comment")
            and Budget.objects.commented_by(self.reader).filter(pk=one.pk).exists(),
            "months_over": one.round.months_over,
            "rates": rates,
            "places": {currency: _places(currency) for currency in currencies},
            "months": [str(MONTHS_3[month.month]) for month in months],
            "quarters": [_("Q%(number)s") % {"number": place} for place in range(1, 5)],
            "measures": [plain(measure) for measure in (*MEASURES, *(COST_MEASURES if costs else ()))],
            "chances": {code: str(label) for code, label in BudgetLine.Chance.choices},
            "units": {unit.value: unit_words(unit) for unit in Unit},
            "compared": {"last_year": "", "previous": "", "agreed": "", "negotiations": ""},
            "challenges": {code: str(label) for code, label in BudgetLine.Challenge.choices},
            "reviews": {code: str(label) for code, label in BudgetLine.Review.choices},
            "proposals": {code: str(label) for code, label in BudgetLine.Proposal.choices},
            "words": plain(WORDS) | {"year": f"{_('Year')} {round_.year}"},
        }

    def context(self) -> dict[str, Any]:
        setup = self.figures()
        top_down: Decimal | None = self.record.top_down
        return super().context() | {
            "setup": setup,
            "top_down": top_down,
            "keys": KEYS,
            "ways": WAYS,
            "scripts": SCRIPTS,
            "months_chosen": list(enumerate(setup["months"], 1)),
        }


def _places(currency: str) -> int:
    """How many decimals an amount of a currency has."""
    return -int(minor_unit(currency).as_tuple().exponent)
