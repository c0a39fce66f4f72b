"""Pages of sales over a ledger or a company that grows: two databases, a small and a large one, asked in turn."""

from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from accounts.models import Customer
from kam.core import clock
from tests import databases
from tests.bench import ledger
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


def measure(pair: tuple[Side, Side], products: int, rounds: int, each: int, folder: Path) -> dict[str, Measured]:
    """The times of every page as every person: `product` over the large database, `bare` over the small one."""
    found: dict[str, Measured] = {}
    with ExitStack() as stack:
        sides: list[tuple[Server, dict[str, Person], dict[str, str]]] = []
        for side in pair:
            people, customers = filled(side, products)
            server = stack.enter_context(Server("kam.wsgi:application", environment(), folder / f"{side.name}.log"))
            sides.append((server, people, customers))
        for turn in range(rounds + 1):
            for who in sides[0][1]:
                for what in pages(""):
                    measured = found.setdefault(f"{what}, {who}", Measured())
                    for _number in range(each):
                        for place, (server, people, customers) in enumerate(sides):
                            path = pages(customers[who])[what]
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
