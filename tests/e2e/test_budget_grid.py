"""The grid of a budget in a browser, in Italian: a year of 40 customers × 60 products by keyboard, and everything that may go wrong."""

import json
import random
import re
import time
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from budgets.actions import edit_cells, open_round, request_round
from budgets.actions.lines import CellValue
from budgets.models import Budget, BudgetLine, BudgetRound
from budgets.reports.phasing import spread
from kam.core import clock
from kam.core.money import round_money
from tests.e2e.pages import Desk, Kam, word
from tests.factories.accounts import DelegationFactory
from tests.factories.plans import plan
from tests.matrix import Matrix

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
PASTE = """text => {
    const held = new DataTransfer();
    held.setData("text/plain", text);
    document.dispatchEvent(new ClipboardEvent("paste", { clipboardData: held, bubbles: true, cancelable: true }));
}"""


@pytest.fixture
def budget(world: Matrix) -> Budget:
    """The German area manager's budget of next year, empty."""
    year = clock.today().year + 1
    one = request_round(
        BudgetRound,
        actor=world.sales_manager,
        first_month=clock.today().replace(year=year, month=1, day=1),
        deadline=clock.today() + timedelta(days=30),
    )
    open_round(one, actor=world.sales_manager)
    return Budget.objects.get(contributor=world.area_manager_de)


class Grid:
    """The grid as a person works in it."""

    def __init__(self, kam: Kam, budget: Budget) -> None:
        self.kam, self.page = kam, kam.page
        kam.go(f"/budgets/{budget.pk}/grid/")
        self.page.locator("#grid[data-compared]").wait_for()

    @property
    def keys(self) -> Any:
        return self.page.keyboard

    @property
    def here(self) -> Any:
        """The cell where one is."""
        return self.page.locator("#grid-here")

    @property
    def told(self) -> Any:
        return self.page.locator("[data-told]")

    def press(self, *keys: str) -> None:
        """Keys one after the other."""
        for key in keys:
            self.keys.press(key)

    def type(self, text: str) -> None:
        """Type a figure and go down."""
        self.keys.type(text)
        self.keys.press("Enter")

    def months(self) -> None:
        """Unfold every quarter and go to January of the first line."""
        self.page.click("[data-do=months]")
        self.press("Control+Home", "ArrowRight")

    def paste(self, text: str) -> None:
        """What Ctrl+V brings from a spreadsheet."""
        self.page.evaluate(PASTE, text)

    def choose(self, panel: str, value: str) -> None:
        """A button of a question."""
        self.page.locator(f"dialog[data-panel={panel}][open] button[value={value}]").click()

    def saved(self) -> None:
        """Wait until nothing waits on this device."""
        expect(self.page.locator("[data-state=saved]")).to_have_text(re.compile(r"\d"))
        self.page.wait_for_function("() => !kam.grid.here.saving.count() && !kam.grid.here.saving.busy")


def opened(desk: Desk, user: Any, budget: Budget, **options: Any) -> Grid:
    return Grid(desk.open(user, **options), budget)


def months_of(line: BudgetLine) -> list[Decimal]:
    return list(line.cells.order_by("month").values_list("revenue", flat=True))


def shown(page: Page, script: str, *values: Any) -> Any:
    """What a script of the grid answers."""
    return page.evaluate(f"values => {script}", list(values))


def test_forty_customers_by_sixty_products_from_opening_to_submission(world: Matrix, desk: Desk, budget: Budget) -> None:
    plan(budget, customers=40, products=60)
    lines = list(budget.lines.order_by("-revenue", "pk")[:3])
    before = [months_of(line) for line in lines]
    began = time.monotonic()
    grid = opened(desk, world.area_manager_de, budget)
    assert shown(grid.page, "kam.grid.here.store.lines.length") == 2_400

    # By keyboard: a quantity in January, and the totals follow before it is saved.
    grid.months()
    grid.press("Alt+2")
    grid.type("200")
    price = lines[0].cells.get(month=1).price
    assert price is not None
    grid.press("Alt+1", "ArrowUp")
    total = shown(grid.page, "kam.grid.here.store.sums(kam.grid.here.store.all).revenue.reduce((one, other) => one + other)")
    grid.saved()
    budget.refresh_from_db()
    assert Decimal(total) / 100 == budget.revenue
    assert lines[0].cells.get(month=1).revenue == 200 * price

    # A block from an Italian spreadsheet, at the price of each line by its revenue.
    grid.press("ArrowRight", "ArrowDown")
    grid.paste("1.234,56\t2.000\n500,5\t1.000,00\n")
    grid.choose("moves", "price")
    expect(grid.told).to_contain_text(word("%(count)s cells pasted.", count=4))
    grid.saved()
    assert months_of(lines[1])[1:3] == [Decimal("1234.56"), 2000]
    assert months_of(lines[2])[1:3] == [Decimal("500.50"), 1000]
    cell = lines[1].cells.get(month=2)
    assert cell.quantity and cell.price == round(Decimal("1234.56") / cell.quantity, 5)

    # Taken back in one step, and done again.
    grid.press("Control+z")
    grid.saved()
    assert [months_of(line) for line in lines[1:]] == before[1:]
    grid.press("Control+y")
    grid.saved()
    assert months_of(lines[1])[1] == Decimal("1234.56")

    # Without a connection nothing is lost, even when the page is opened anew, and it goes out by itself.
    context = grid.page.context
    context.set_offline(True)
    grid.type("777")
    expect(grid.page.locator("[data-state=offline]")).to_contain_text("1")
    assert months_of(lines[1])[1] == Decimal("1234.56")
    context.set_offline(False)
    grid.saved()
    assert months_of(lines[1])[1] == 777

    # What the substitute writes appears by itself.
    DelegationFactory(principal=world.area_manager_de, substitute=world.account_manager2)
    edit_cells(
        budget, actor=world.account_manager2, cells=[CellValue(lines[2].pk, 6, quantity=Decimal(3), price=Decimal("11.50"))]
    )
    grid.page.wait_for_function(f"() => kam.grid.here.store.byKey.get({lines[2].pk}).months[5].revenue === 3450")
    expect(grid.told).to_contain_text("1")

    grid.page.locator(".k-grid-top form button").click()
    grid.kam.settled()
    budget.refresh_from_db()
    assert budget.status == "submitted"
    assert time.monotonic() - began < 120
    grid = opened(desk, world.area_manager_de, budget)
    grid.type("5")
    expect(grid.told).to_have_text(word("To be read only"))
    desk.faults[:] = [fault for fault in desk.faults if "ERR_INTERNET_DISCONNECTED" not in fault]


def test_a_block_that_cannot_be_taken_is_refused_as_a_whole_and_cell_by_cell(world: Matrix, desk: Desk, budget: Budget) -> None:
    plan(budget, customers=1, products=3)
    grid = opened(desk, world.area_manager_de, budget)
    grid.months()
    grid.press("Alt+2")
    before = {line: list(line.cells.order_by("month").values_list("quantity", flat=True)) for line in budget.lines.all()}
    refused = grid.page.locator("dialog[data-panel=refused][open]")
    text, mark, ambiguous = (
        word(source)
        for source in (
            "“%(typed)s” is not a number.",
            "“%(typed)s” has other decimal marks than the rest.",
            "“%(typed)s” may be read in two ways; write it without thousands or with two decimals.",
        )
    )
    for block, faults in (
        ("12\tmolti\n7\tn/d", [text.replace("%(typed)s", "molti"), text.replace("%(typed)s", "n/d")]),
        ("1.234,5\t1,234.5", [mark.replace("%(typed)s", "1,234.5")]),
        ("3\t1,234", [ambiguous.replace("%(typed)s", "1,234")]),
        ("-4\t3", [word("“%(typed)s” is below zero.").replace("%(typed)s", "-4")]),
        ("1\n2\n3\n4", [word("The block has %(rows)s rows, from here down there are %(room)s.", rows=4, room=3)]),
        ("\t".join("1" * 13), [word("The block has %(columns)s columns, from here on there are %(room)s.", columns=13, room=12)]),
    ):
        grid.paste(block)
        expect(refused.locator("h2")).to_have_text(word("Nothing was pasted."))
        said = refused.locator("li").all_inner_texts()
        assert len(said) == len(faults), (block, said)
        for one, fault in zip(said, faults, strict=True):
            assert fault in one, (block, said)
        refused.locator("[data-close]").click()
    page_quantities = shown(grid.page, "kam.grid.here.store.lines.map(line => [line.id, line.months.map(cell => cell.quantity)])")
    assert {key: [float(part or 0) for part in months] for key, months in page_quantities} == {
        line.pk: [float(part or 0) for part in months] for line, months in before.items()
    }

    # A held cell stays and is counted; a figure of an English sheet is read as such.
    grid.press("Control+l")
    grid.paste("9\t1,234.5\t2,000.25")
    expect(grid.told).to_contain_text(word("%(count)s cells pasted.", count=2))
    expect(grid.told).to_contain_text(word("%(count)s held cells stay.", count=1))
    grid.saved()
    first = budget.lines.order_by("-revenue", "pk").first()
    top = budget.lines.get(pk=int(grid.page.evaluate("kam.grid.here.view.nodes[0].id")))
    assert first is not None
    assert list(top.cells.filter(month__lte=3).order_by("month").values_list("quantity", flat=True)) == [
        before[top][0], Decimal("1234.5"), Decimal("2000.25"),
    ]  # fmt: skip

    # A total takes no paste; and whoever only reads none at all.
    grid.page.select_option("[data-group]", "customer")
    grid.press("Control+Home", "ArrowRight")
    grid.page.locator(".tabulator-tableholder").focus()
    grid.paste("5")
    expect(refused.locator("li")).to_contain_text(word("This is a total; paste into lines."))
    reader = opened(desk, world.sales_manager, budget)
    expect(reader.page.locator("[data-state]")).to_have_text(word("To be read only"))
    reader.paste("5")
    expect(reader.told).to_have_text(word("To be read only"))
    assert reader.page.locator("[data-do=undo]").count() == 0


def test_two_write_the_same_cell_and_the_second_chooses(world: Matrix, desk: Desk, budget: Budget) -> None:
    plan(budget, customers=1, products=2)
    grid = opened(desk, world.area_manager_de, budget)
    grid.months()
    grid.press("Alt+2")
    line = budget.lines.get(pk=int(grid.page.evaluate("kam.grid.here.view.nodes[0].id")))
    for theirs, mine, answer, kept in ((17, "41", "take_theirs", 17), (18, "42", "keep_mine", 42)):
        edit_cells(
            budget, actor=world.area_manager_de, cells=[CellValue(line.pk, 1, quantity=Decimal(theirs), price=Decimal(10))]
        )
        grid.type(mine)
        dialog = grid.page.locator("dialog[data-panel=conflict][open]")
        expect(dialog.locator("tbody tr")).to_have_count(1)
        expect(dialog.locator("tbody")).to_contain_text(f"{theirs} ×")
        assert line.cells.get(month=1).quantity == theirs
        words = {"take_theirs": "Take theirs", "keep_mine": "Keep mine"}[answer]
        dialog.get_by_role("button", name=word(words)).click()
        grid.saved()
        assert line.cells.get(month=1).quantity == kept
        grid.press("Control+Home", "ArrowRight")


def test_what_was_typed_without_a_connection_survives_the_page(world: Matrix, desk: Desk, budget: Budget) -> None:
    plan(budget, customers=1, products=2)
    grid = opened(desk, world.area_manager_de, budget)
    grid.months()
    grid.press("Alt+2")
    line = budget.lines.get(pk=int(grid.page.evaluate("kam.grid.here.view.nodes[0].id")))
    # The answer of a batch is lost on its way back: it is sent again under its name and happens once.
    lost: list[str] = []

    def lose(route: Any) -> None:
        if not lost:
            lost.append(route.request.headers["idempotency-key"])
            route.fetch()
            route.abort()
        else:
            assert route.request.headers["idempotency-key"] == lost[0]
            route.continue_()

    grid.page.route("**/edit-cells/", lose)
    version = line.cells.get(month=1).version
    grid.type("55")
    grid.page.wait_for_function("() => kam.grid.here.now === 'offline'")
    grid.saved()
    cell = line.cells.get(month=1)
    assert (cell.quantity, cell.version) == (55, version + 1)
    grid.page.unroute("**/edit-cells/")

    # The page is closed before the connection is back: the next visit finds the change and sends it.
    away = [True]
    grid.page.route("**/edit-cells/", lambda route: route.abort() if away else route.continue_())
    grid.type("66")
    grid.page.wait_for_function("() => kam.grid.here.now === 'offline'")
    grid = Grid(grid.kam, budget)
    expect(grid.told).to_have_text(word("%(count)s changes of your last visit are being saved.", count=1))
    assert not budget.lines.filter(cells__quantity=66).exists()
    away.clear()
    grid.saved()
    assert 66 in budget.lines.exclude(pk=line.pk).get().cells.values_list("quantity", flat=True)
    desk.faults[:] = [fault for fault in desk.faults if "ERR_FAILED" not in fault]


def test_a_total_is_spread_as_the_server_would(world: Matrix, desk: Desk, budget: Budget) -> None:
    plan(budget, customers=1, products=2)
    grid = opened(desk, world.area_manager_de, budget)
    chance = random.Random(12)
    for _turn in range(200):
        weights = [chance.choice([0, chance.randrange(10_000)]) for _month in range(12)]
        total = chance.randrange(10_000_000)
        ours = [int(part) for part in spread(Decimal(total), weights, step=1)]
        assert shown(grid.page, "kam.grid.allocate(values[0], values[1])", total, weights) == ours
    for quantity, price, currency in (("3.125", "1.00004", "EUR"), ("7", "0.07143", "EUR"), ("5", "99.9", "JPY")):
        money = round_money(Decimal(quantity) * Decimal(price), currency)
        places = 2 if currency == "EUR" else 0
        minor = shown(grid.page, "kam.grid.times(...values)", float(quantity), float(price), places)
        assert minor == money.scaleb(places), (quantity, price)

    # A year of 1,003 pieces by AT-12's weights as another line, and equally where everything is zero.
    first, second = (budget.lines.get(pk=key) for key in grid.page.evaluate("kam.grid.here.view.nodes.map(node => node.id)"))
    weights = (7, 8, 9, 9, 9, 9, 8, 4, 10, 10, 9, 8)
    cells = [CellValue(second.pk, month, quantity=Decimal(weight), price=Decimal(1)) for month, weight in enumerate(weights, 1)]
    edit_cells(budget, actor=world.area_manager_de, cells=cells)
    grid.page.wait_for_function(f"() => kam.grid.here.store.byKey.get({second.pk}).months[0].quantity === 7")
    grid.press("Alt+2", "Control+Home")
    grid.type("1003")
    dialog = grid.page.locator("dialog[data-panel=spread][open]")
    dialog.locator("[value=row]").check()
    dialog.locator("[name=row]").select_option(str(second.pk))
    expect(dialog.locator("[data-preview] tr").last).to_contain_text("101")
    dialog.locator("[type=submit]").click()
    grid.saved()
    assert list(first.cells.order_by("month").values_list("quantity", flat=True)) == [
        70,
        80,
        91,
        90,
        90,
        90,
        80,
        40,
        101,
        101,
        90,
        80,
    ]
    edit_cells(
        budget,
        actor=world.area_manager_de,
        cells=[CellValue(first.pk, month, quantity=Decimal(0), price=Decimal(10)) for month in range(1, 13)],
    )
    grid.page.wait_for_function(f"() => kam.grid.here.store.byKey.get({first.pk}).months[0].quantity === 0")
    grid.press("Control+Home")
    grid.type("1000")
    dialog.locator("[value=shape]").check()
    dialog.locator("[type=submit]").click()
    grid.saved()
    assert list(first.cells.order_by("month").values_list("quantity", flat=True)) == [84] * 4 + [83] * 8

    # Three per cent on the price from April, of what is filtered.
    assert second.product is not None
    grid.page.fill("[data-filter]", second.product.code)
    grid.page.wait_for_function("() => kam.grid.here.view.fits.length === 1")
    grid.page.click("[data-do=adjust]")
    adjust = grid.page.locator("dialog[data-panel=adjust][open]")
    adjust.locator("[name=percent]").fill("3")
    adjust.locator("[name=from_month]").select_option("4")
    adjust.locator("[type=submit]").click()
    expect(grid.told).to_contain_text("9")
    assert list(second.cells.order_by("month").values_list("price", flat=True)) == [1] * 3 + [Decimal("1.03")] * 9
    assert first.cells.get(month=12).price == 10
    grid.press("Control+z")
    grid.saved()
    assert set(second.cells.values_list("price", flat=True)) == {1}


def test_the_past_and_the_comments_of_a_cell(world: Matrix, desk: Desk, budget: Budget) -> None:
    plan(budget, customers=1, products=2)
    grid = opened(desk, world.area_manager_de, budget)
    grid.months()
    grid.press("Alt+2")
    grid.type("31")
    grid.saved()
    grid.press("ArrowUp", "Shift+F2")
    panel = grid.page.locator("[data-panel=cell]")
    expect(panel.locator("[data-past] li")).to_have_count(2)
    expect(panel.locator("[data-past] li").first).to_contain_text("31 ×")
    expect(panel.locator("[data-past] li").first).to_contain_text(str(world.area_manager_de))
    panel.locator("textarea").fill("Fermo impianto in gennaio")
    panel.locator("form button").click()
    expect(panel.locator("[data-words] li")).to_contain_text("Fermo impianto in gennaio")
    expect(grid.here).to_have_class(re.compile("k-grid-said"))
    grid.press("Escape")
    expect(panel).to_be_hidden()
    reader = opened(desk, world.sales_manager, budget)
    reader.months()
    expect(reader.here).to_have_class(re.compile("k-grid-said"))
    # A row that went back carries a mark and its counter-figure, in a column of its own.
    returned = budget.lines.order_by("pk")[:1]
    budget.lines.filter(pk__in=returned).update(challenge="returned", counter=12_345, challenge_reason="Quale progetto?")
    reader.page.reload()
    reader.page.locator("#grid[data-compared]").wait_for()
    expect(reader.page.locator(".tabulator-cell.k-grid-challenged")).to_have_attribute(
        "title", re.compile(r"Restituit.*Quale progetto\?")
    )
    expect(reader.page.locator(".tabulator-row .k-grid-counter").filter(has_text="12.345")).to_have_count(1)


@pytest.mark.parametrize(("phone", "theme"), [(False, "light"), (False, "dark"), (True, "light")])
def test_the_grid_has_no_barrier(world: Matrix, desk: Desk, budget: Budget, phone: bool, theme: str) -> None:
    plan(budget, customers=2, products=20)
    kam = desk.open(world.area_manager_de, phone=phone, bypass_csp=True, color_scheme=theme)
    if phone:
        kam.go(f"/budgets/{budget.pk}/grid/")
        expect(kam.page.locator(".k-grid-list li")).to_have_count(25)
        assert kam.wide() <= 0
        assert kam.barriers() == []
        return
    grid = Grid(kam, budget)
    if theme == "dark":
        kam.page.evaluate("document.documentElement.dataset.bsTheme = 'dark'")
    grid.page.select_option("[data-group]", "customer")
    grid.months()
    assert kam.wide() <= 0
    assert kam.barriers() == []
    grid.press("Control+Home")
    grid.type("100000")
    assert kam.barriers() == []
    assert json.loads(grid.page.evaluate("JSON.stringify(kam.grid.here.view.nodes.length)")) == 42


def test_the_rest_is_accepted_and_who_else_is_there_is_seen(world: Matrix, desk: Desk, budget: Budget) -> None:
    """Two rows with a named project are accepted at once, the one that grows without is left; what is asked by month stands in the foot."""
    plan(budget, customers=1, products=3)
    budget.lines.update(review="open", chance="awarded")
    one = budget.lines.order_by("-revenue", "pk")[0]
    budget.lines.filter(pk=one.pk).update(chance="running")
    Budget.objects.filter(pk=budget.pk).update(top_down=1_200_000, to_look_at=3)
    budget.refresh_from_db()
    grid = opened(desk, world.area_manager_de, budget)
    gap = round(budget.revenue) - 1_200_000
    for kind, field, text in (
        ("asked", "year", "1.200.000"),
        ("asked", "q0", "300.000"),
        ("gap", "year", f"{'−' if gap < 0 else '+'}{abs(gap):,}".replace(",", ".")),
    ):
        expect(grid.page.locator(f'[data-foot="{kind}"] [tabulator-field="{field}"]')).to_have_text(text)

    left = grid.page.locator("[data-left]")
    expect(left).to_have_text("3")
    grid.page.click("[data-do=rest]")
    expect(grid.told).to_contain_text(word("%(count)s lines accepted as proposed.", count=2))
    expect(left).to_have_text("1")
    assert shown(grid.page, "kam.grid.here.view.nodes.map(node => node.id)") == [one.pk]
    assert sorted(budget.lines.values_list("review", flat=True)) == ["accepted", "accepted", "open"]
    grid.press("Control+z")
    expect(left).to_have_text("3")
    grid.press("Control+y")
    expect(left).to_have_text("1")
    grid.page.click("[data-do=accept]")
    expect(left).to_have_text("0")
    grid.page.uncheck("[data-review]")
    assert set(budget.lines.values_list("review", flat=True)) == {"accepted"}

    # Each sees the other's name at the cell where they are, and no more once the page is closed.
    reader = opened(desk, world.sales_manager, budget)
    reader.months()
    grid.months()
    grid.press("ArrowDown", "ArrowRight")
    there = grid.page.locator(".tabulator-row .k-grid-person .k-grid-name")
    expect(there).to_have_text("".join(word[0] for word in str(world.sales_manager).split()))
    expect(reader.page.locator(".tabulator-row .k-grid-person")).to_have_attribute("tabulator-field", "m1")
    expect(grid.page.locator("[data-people] .k-grid-name")).to_have_text(str(world.sales_manager))
    reader.page.goto("about:blank")
    expect(there).to_have_count(0)
    expect(grid.page.locator("[data-people]")).to_be_hidden()
