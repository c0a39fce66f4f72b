"""What is typed into the grid and not yet written: kept through closing, other tabs, other people's work and lost answers."""

import json
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import expect

from budgets.actions import edit_cells, remove_line, return_budget, submit_budget
from budgets.actions.lines import CellValue
from budgets.models import Budget, BudgetCell, BudgetLine, BudgetRound
from tests.e2e.pages import Desk, Kam, word
from tests.e2e.test_budget_grid import Grid, budget, opened, shown
from tests.factories.plans import plan
from tests.matrix import Matrix

__all__ = ["budget"]

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
LOOK = "() => kam.grid.here.saving.look()"
#: How much closed tabs left; asked anew each time, since a promise of it is no answer.
LEFT = "count => { kam.grid.here.saving.left().then(left => { window.left = left.length; }); return window.left === count; }"
CLOSED = "The budget takes no changes now; kept here: %(count)s."


def at_quantities(desk: Desk, world: Matrix, budget: Budget, products: int = 2) -> tuple[Grid, BudgetLine]:
    """The grid of a small budget on January's quantity of its first line."""
    plan(budget, customers=1, products=products)
    grid = opened(desk, world.area_manager_de, budget)
    grid.months()
    grid.press("Alt+2")
    return grid, budget.lines.get(pk=shown(grid.page, "kam.grid.here.view.nodes[0].id"))


def cell(line: BudgetLine, month: int = 1) -> BudgetCell:
    return line.cells.get(month=month)


def calm(desk: Desk) -> None:
    """Connections were cut on purpose."""
    cuts = ("ERR_FAILED", "ERR_INTERNET_DISCONNECTED")
    desk.faults[:] = [fault for fault in desk.faults if not any(cut in fault for cut in cuts)]


def quiet(grid: Grid) -> None:
    """No look comes between."""
    shown(grid.page, "clearTimeout(kam.grid.here.saving.looking)")


def back(budget: Budget, world: Matrix) -> None:
    """The budget is returned to who prepares it."""
    budget.refresh_from_db()
    return_budget(budget, actor=world.sales_manager, reason="Please look at January again")
    budget.refresh_from_db()


def test_a_budget_that_closes_keeps_what_was_typed_until_it_is_returned(world: Matrix, desk: Desk, budget: Budget) -> None:
    grid, line = at_quantities(desk, world, budget)
    before = cell(line).quantity
    # It is submitted elsewhere: what is typed after that is put back, nothing more is sent, and no dialog lists it as lost.
    quiet(grid)
    submit_budget(budget, actor=world.area_manager_de)
    grid.type("66")
    expect(grid.told).to_have_text(word(CLOSED, count=1))
    expect(grid.page.locator("[data-state]")).to_have_text(word("To be read only"))
    assert grid.page.locator("dialog[open]").count() == 0
    grid.type("67")
    expect(grid.told).to_have_text(word("To be read only"))
    # Returned while the page stays open, it goes out by itself.
    back(budget, world)
    assert cell(line).quantity == before
    grid.page.evaluate(LOOK)
    grid.saved()
    assert cell(line).quantity == 66

    # The next visit and its looks leave it alone until the budget is returned.
    quiet(grid)
    submit_budget(budget, actor=world.area_manager_de)
    grid.press("Control+Home", "ArrowRight")
    grid.type("68")
    expect(grid.told).to_have_text(word(CLOSED, count=1))
    grid = Grid(grid.kam, budget)
    expect(grid.told).to_have_text(word(CLOSED, count=1))
    grid.page.evaluate(LOOK)
    assert cell(line).quantity == 66
    back(budget, world)
    grid = Grid(grid.kam, budget)
    expect(grid.told).to_have_text(word("%(count)s changes of your last visit are being saved.", count=1))
    grid.saved()
    assert cell(line).quantity == 68


def test_each_tab_keeps_its_own_and_the_next_takes_over_what_a_closed_one_left(world: Matrix, desk: Desk, budget: Budget) -> None:
    first, line = at_quantities(desk, world, budget)
    context = first.page.context
    second = Grid(Kam(context.new_page(), first.kam.address), budget)
    second.press("Alt+2", "ArrowRight", "ArrowRight")
    context.set_offline(True)
    first.type("66")
    second.type("77")
    for grid in (first, second):
        grid.page.wait_for_function("() => kam.grid.here.now === 'offline'")
    assert shown(second.page, "kam.store.keys().filter(key => key.startsWith('kam-grid:')).length") == 2
    assert shown(second.page, "kam.grid.here.saving.left().then(left => left.length)") == 0
    first.page.close()
    second.page.wait_for_function(LEFT, arg=1)
    context.set_offline(False)
    second.page.evaluate(LOOK)
    second.page.wait_for_function(LEFT, arg=0)
    second.saved()
    assert (cell(line).quantity, cell(line, 2).quantity) == (66, 77)
    calm(desk)


def test_a_cell_that_is_open_sends_only_what_was_typed_and_against_what_was_seen(
    world: Matrix, desk: Desk, budget: Budget
) -> None:
    grid, line = at_quantities(desk, world, budget)

    def theirs(quantity: int) -> None:
        edit_cells(
            budget, actor=world.area_manager_de, cells=[CellValue(line.pk, 1, quantity=Decimal(quantity), price=Decimal(10))]
        )
        grid.page.evaluate(LOOK)
        grid.page.wait_for_function(f"() => kam.grid.here.store.byKey.get({line.pk}).months[0].quantity === {quantity}")

    # Nothing typed: theirs stays.
    grid.press("F2")
    theirs(120)
    grid.press("Enter")
    assert shown(grid.page, "kam.grid.here.saving.count()") == 0
    assert cell(line).quantity == 120

    # Typed over what came meanwhile: a choice.
    grid.press("ArrowUp", "F2")
    theirs(130)
    grid.keys.type("99")
    grid.press("Enter")
    dialog = grid.page.locator("dialog[data-panel=conflict][open]")
    expect(dialog.locator("tbody")).to_contain_text("130 ×")
    assert cell(line).quantity == 130
    dialog.get_by_role("button", name=word("Take theirs")).click()
    grid.saved()

    # One's own answer that comes while the cell is open again is nobody else's.
    held: list[Any] = []

    def hold(route: Any) -> None:
        held.append(route)

    grid.page.route("**/edit-cells/", hold)
    grid.press("Control+Home", "ArrowRight")
    grid.type("31")
    while not held:
        grid.page.wait_for_timeout(20)
    grid.press("ArrowUp", "F2")
    held[0].continue_()
    grid.page.unroute("**/edit-cells/")
    grid.page.wait_for_function("() => !kam.grid.here.saving.batch")
    grid.keys.type("32")
    grid.press("Enter")
    grid.saved()
    assert cell(line).quantity == 32
    assert dialog.count() == 0


def test_a_change_in_per_cent_whose_answer_is_lost_happens_once(world: Matrix, desk: Desk, budget: Budget) -> None:
    grid, line = at_quantities(desk, world, budget)
    price = cell(line).price
    assert price is not None
    lost: list[str] = []

    def lose(route: Any) -> None:
        lost.append(route.request.headers["idempotency-key"])
        if len(lost) > 1:
            route.continue_()
            return
        route.fetch()
        route.abort()

    grid.page.route("**/adjust-cells/", lose)
    grid.page.click("[data-do=adjust]")
    adjust = grid.page.locator("dialog[data-panel=adjust][open]")
    adjust.locator("[name=percent]").fill("3")
    adjust.locator("[type=submit]").click()
    expect(adjust.locator("[data-why]")).not_to_be_empty()
    assert cell(line).price == round(price * Decimal("1.03"), 5)
    grid.page.evaluate(LOOK)
    adjust.locator("[type=submit]").click()
    expect(adjust).to_be_hidden()
    assert cell(line).price == round(price * Decimal("1.03"), 5)
    assert lost[0] == lost[1]
    expect(grid.told).to_have_text(word("%(count)s cells changed.", count=24))
    # It is undone as one step; the same change asked for anew is another one.
    grid.press("Control+z")
    grid.saved()
    assert cell(line).price == price
    for times in (1, 2):
        grid.page.click("[data-do=adjust]")
        adjust.locator("[name=percent]").fill("10")
        adjust.locator("[type=submit]").click()
        expect(adjust).to_be_hidden()
        assert cell(line).price == round(price * Decimal("1.1") ** times, 5)
    assert len(set(lost)) == 3
    calm(desk)


def test_a_conflict_is_with_somebody_else_and_goes_with_its_line(world: Matrix, desk: Desk, budget: Budget) -> None:
    grid, line = at_quantities(desk, world, budget)
    # A look that began before one's own save and arrives after it, while the cell was typed anew.
    old = shown(grid.page, f"fetch('/api/v1/budgets/{budget.pk}/cells/').then(answer => answer.json())")
    grid.type("41")
    grid.saved()
    grid.page.route("**/edit-cells/", lambda route: route.abort())
    grid.press("ArrowUp")
    grid.type("42")
    grid.page.wait_for_function("() => kam.grid.here.now === 'offline'")
    shown(grid.page, "kam.grid.here.saving.batch = null")
    shown(grid.page, "kam.grid.here.saving.add([{ line: kam.grid.here.view.nodes[0], month: 0 }])")
    assert shown(grid.page, f"(kam.grid.here.saving.seen({json.dumps(old)}), kam.grid.here.saving.conflicts.size)") == 0
    grid.page.unroute("**/edit-cells/")
    grid.saved()
    assert cell(line).quantity == 42

    # After the lines were read anew "theirs" is what the server holds, in the line that is shown.
    edit_cells(budget, actor=world.area_manager_de, cells=[CellValue(line.pk, 1, quantity=Decimal(17), price=Decimal(10))])
    grid.press("Control+Home", "ArrowRight")
    grid.type("43")
    dialog = grid.page.locator("dialog[data-panel=conflict][open]")
    expect(dialog.locator("tbody")).to_contain_text("17 ×")
    dialog.get_by_role("button", name=word("Take theirs")).focus()
    grid.page.evaluate(LOOK)
    expect(dialog.get_by_role("button", name=word("Take theirs"))).to_be_focused()
    edit_cells(budget, actor=world.area_manager_de, cells=[CellValue(line.pk, 1, quantity=Decimal(18), price=Decimal(10))])
    grid.page.evaluate("() => kam.grid.here.reload()")
    dialog.get_by_role("button", name=word("Take theirs")).click()
    grid.saved()
    assert shown(grid.page, "kam.grid.here.view.nodes[0].months[0].quantity") == cell(line).quantity == 18

    # The line goes: so does the conflict about it, and work goes on.
    edit_cells(budget, actor=world.area_manager_de, cells=[CellValue(line.pk, 1, quantity=Decimal(19), price=Decimal(10))])
    grid.press("Control+Home", "ArrowRight")
    grid.type("44")
    expect(dialog).to_be_visible()
    line.refresh_from_db()
    remove_line(line, actor=world.area_manager_de)
    grid.page.evaluate(LOOK)
    grid.page.wait_for_function("() => kam.grid.here.store.lines.length === 1 && !kam.grid.here.saving.conflicts.size")
    expect(dialog).to_be_hidden()
    grid.saved()
    calm(desk)


def test_what_is_typed_is_read_and_priced_as_meant(world: Matrix, desk: Desk, budget: Budget) -> None:
    grid, line = at_quantities(desk, world, budget, products=1)
    # A number that begins with nought has no thousands.
    for text, value in (("0.125", 0.125), ("0,125", 0.125), ("1.234", 1234), ("12.345.678,5", 12345678.5), ("012.5", 12.5)):
        assert shown(grid.page, "kam.grid.here.numbers.typed(values[0])", text) == {"value": value}, text
        english = text.translate(str.maketrans(",.", ".,"))
        assert shown(grid.page, "kam.grid.numbers('en').typed(values[0])", english) == {"value": value}, text
    assert shown(grid.page, "kam.grid.here.numbers.typed('0.125.000')") == {"fault": "text"}
    grid.press("Alt+3")
    grid.type("0.125")
    grid.press("Control+Home", "ArrowRight", "ArrowRight")
    grid.paste("0.125\t1.234")
    grid.saved()
    assert [cell(line, month).price for month in (1, 2, 3)] == [Decimal("0.125"), Decimal("0.125"), Decimal("1.234")]

    # A quantity in a month that has only money keeps the money.
    def written(*values: CellValue) -> None:
        edit_cells(budget, actor=world.area_manager_de, cells=values)
        grid.page.evaluate(LOOK)

    written(*(CellValue(line.pk, month, revenue=Decimal(5_000 if month == 1 else 0)) for month in range(1, 13)))
    grid.press("Alt+2", "Control+Home", "ArrowRight")
    grid.type("10")
    grid.saved()
    one = cell(line)
    assert (one.quantity, one.price, one.revenue) == (10, 500, 5_000)

    # A month without a price has the average of those that have a quantity; money alone does not raise it.
    written(CellValue(line.pk, 1, quantity=Decimal(10), price=Decimal(20)), CellValue(line.pk, 2, revenue=Decimal(9_000)))
    grid.press("Control+Home", *["ArrowRight"] * 3)
    grid.type("4")
    grid.saved()
    one = cell(line, 3)
    assert (one.quantity, one.price, one.revenue) == (4, 20, 80)


def test_months_that_are_over_stay_and_a_year_is_spread_over_those_to_come(world: Matrix, desk: Desk, budget: Budget) -> None:
    BudgetRound.objects.filter(pk=budget.round_id).update(kind=BudgetRound.Kind.ESTIMATE, number=4)
    grid, line = at_quantities(desk, world, budget)

    def quantities() -> list[Decimal | None]:
        return list(line.cells.order_by("month").values_list("quantity", flat=True))

    before = quantities()
    over = word("What stands in a month that is over stays as it is.")
    expect(grid.here).to_have_attribute("aria-readonly", "true")
    expect(grid.here).to_have_attribute("title", over)
    grid.type("5")
    expect(grid.told).to_have_text(over)
    grid.press("Control+Home", "ArrowRight")
    grid.paste("1\t2\t3\t4\t5")
    grid.press("Delete", "Control+d")
    expect(grid.told).to_have_text(over)
    grid.press("Alt+2", "Control+l")
    expect(grid.told).to_have_text(over)
    # A selection that begins in a month to come.
    grid.press(*["ArrowRight"] * 4, *["Shift+ArrowLeft"] * 2)
    grid.paste("7")
    refused = grid.page.locator("dialog[data-panel=refused][open]")
    expect(refused.locator("li")).to_have_count(2)
    expect(refused.locator("li").first).to_contain_text(over)
    refused.locator("[data-close]").click()
    grid.press("Control+r")
    expect(grid.told).to_contain_text(over)
    grid.press("Delete")
    grid.saved()
    assert quantities() == [*before[:4], 0, *before[5:]]
    grid.press("Control+z")
    grid.saved()
    # In per cent from the first month to come.
    grid.press("Control+Home", "ArrowRight")
    grid.page.click("[data-do=adjust]")
    adjust = grid.page.locator("dialog[data-panel=adjust][open]")
    expect(adjust.locator("[name=from_month]")).to_have_value("5")
    assert adjust.locator("[name=from_month] option[disabled]").count() == 4
    adjust.locator("[data-close]").click()
    # A year, by typing and by pasting.
    total = sum((quantity or 0 for quantity in before[:4]), Decimal(0)) + 800
    grid.press("Control+Home")
    grid.type(str(int(total)))
    dialog = grid.page.locator("dialog[data-panel=spread][open]")
    dialog.locator("[value=equal]").check()
    dialog.locator("[type=submit]").click()
    grid.saved()
    assert quantities() == [*before[:4], *[100] * 8]
    grid.press("Control+Home")
    grid.paste(str(int(total) + 80))
    grid.saved()
    assert quantities() == [*before[:4], *[110] * 8]
