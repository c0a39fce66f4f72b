"""Pages of sales over a ledger or a company that grows: two databases, a small and a large one, asked in turn."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from accounts.models import Customer
from budgets.models import BudgetRound
from kam.core import clock
from tests import databases
from tests.bench import ledger, sweeping
from tests.bench.servers import Measured, Server, environment
from tests.bench.stage import Person, build

#: About 20,000 plants and 200 account managers; three years of sales up to this month.
COMPANIES, GROUPS_EACH, YEARS = 16_680, 4, 3
FEW = 100_000
#: When the plants grow, the account managers and the lines grow with them: fifty lines a plant.
TIMES, LINES_OF_A_PLANT = 10, 60


@dataclass(frozen=True)
class Side:
    """One of the two databases: its companies and its lines."""

    name: str
    companies: int
    lines: int


def more_lines(lines: int) -> tuple[Side, Side]:
    """The same company with few lines and with so many."""
    return Side("kam_bench_few", COMPANIES, FEW), Side("kam_bench_many", COMPANIES, lines)


def more_plants(companies: int) -> tuple[Side, Side]:
    """A company and one of ten times as many customers and plants, of the same kind."""
    return (
        Side("kam_bench_few", companies // TIMES, companies // TIMES * LINES_OF_A_PLANT),
        Side("kam_bench_many", companies, companies * LINES_OF_A_PLANT),
    )


def hundredth(companies: int, lines: int) -> tuple[Side, Side]:
    """A company with a hundredth of the customers, plants, account managers and lines, and the whole of it."""
    return Side("kam_bench_few", companies // 100, lines // 100), Side("kam_bench_many", companies, lines)


def filled(side: Side, products: int) -> tuple[dict[str, Person], dict[str, str]]:
    """Make one of the databases; answers who looks, and a customer of each."""
    databases.make(side.name, reuse=False)
    people = build(side.companies, groups_each=GROUPS_EACH)
    ledger.build_catalogue(products)
    today = clock.today()
    ledger.seed(side.lines, begin=date(today.year - YEARS, today.month, 1), days=YEARS * 365)
    customers = {
        who: str(Customer.objects.visible_to(person.user).filter(status="active").order_by("pk").values_list("pk", flat=True)[0])
        for who, person in people.items()
    }
    return people, customers


def pages(customer: str) -> dict[str, str]:
    """What is opened: the first screen with its sales, the sales screen, a customer's page with its sales."""
    return {
        "First screen": "/",
        "First screen, sales": "/sales/home/",
        "Sales screen": "/sales/",
        "Customer": f"/customers/{customer}/",
        "Customer, sales": f"/customers/{customer}/sales/",
    }


Pages = dict[str, dict[str, str]]


def of_sales(_side: Side, _people: dict[str, Person], customers: dict[str, str]) -> Pages:
    """The pages that show sales, for each who looks."""
    return {who: pages(customer) for who, customer in customers.items()}


def of_plans(planned: dict[str, int]) -> Callable[[Side, dict[str, Person], dict[str, str]], Pages]:
    """Each database gets a published year of so many lines, by its name; everyone opens their year, and the round's board."""

    def opened(side: Side, people: dict[str, Person], _customers: dict[str, str]) -> Pages:
        sweeping.plan(people["sales manager"].user, planned[side.name])
        board = f"/budgets/rounds/{BudgetRound.objects.get().pk}/"
        return {who: {"My year": "/budgets/my-year/", "Board of the round": board} for who in people}

    return opened


def measure(
    pair: tuple[Side, Side],
    products: int,
    rounds: int,
    each: int,
    folder: Path,
    opened: Callable[[Side, dict[str, Person], dict[str, str]], Pages] = of_sales,
) -> dict[str, Measured]:
    """The times of every page as every person: `product` over the large database, `bare` over the small one.

    `opened` completes a database and says what each person opens in it.
    """
    found: dict[str, Measured] = {}
    with ExitStack() as stack:
        sides: list[tuple[Server, dict[str, Person], Pages]] = []
        for side in pair:
            people, customers = filled(side, products)
            paths = opened(side, people, customers)
            server = stack.enter_context(Server("kam.wsgi:application", environment(), folder / f"{side.name}.log"))
            sides.append((server, people, paths))
        for turn in range(rounds + 1):
            for who, wanted in sides[0][2].items():
                for what in wanted:
                    measured = found.setdefault(f"{what}, {who}", Measured())
                    for _number in range(each):
                        for place, (server, people, paths) in enumerate(sides):
                            path = paths[who][what]
                            server_answer = server.ask(path, {"Cookie": f"sessionid={people[who].session}"})
                            _kept(server_answer, path, turn, (measured.bare, measured.product)[place])
    return found


def _kept(answer: tuple[int, bytes, float], path: str, turn: int, times: list[float]) -> None:
    """Note the time of an answer; the first round only warms up."""
    status, body, spent = answer
    if status != 200:
        raise SystemExit(f"{path}: {status} {body[:500]!r}")
    if turn:
        times.append(spent)


def forget(drop: Any) -> None:
    """Remove both databases."""
    databases.use("postgres")
    with databases.server() as maintenance:
        for name in ("kam_bench_few", "kam_bench_many"):
            drop(name, maintenance)
