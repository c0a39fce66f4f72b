"""Pages of sales over a ledger that grows: two databases of the same company, one with few lines and one with many, asked in turn."""

from contextlib import ExitStack
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


def filled(name: str, lines: int, products: int) -> tuple[dict[str, Person], dict[str, str]]:
    """A database of its own with so many lines; answers who looks, and a customer of each."""
    databases.make(name, reuse=False)
    people = build(COMPANIES, groups_each=GROUPS_EACH)
    ledger.build_catalogue(products)
    today = clock.today()
    ledger.seed(lines, begin=date(today.year - YEARS, today.month, 1), days=YEARS * 365)
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


def measure(lines: int, products: int, rounds: int, each: int, folder: Path) -> dict[str, Measured]:
    """The times of every page as every person: `product` over many lines, `bare` over few."""
    found: dict[str, Measured] = {}
    with ExitStack() as stack:
        sides: list[tuple[Server, dict[str, Person], dict[str, str]]] = []
        for name, count in (("kam_bench_few", FEW), ("kam_bench_many", lines)):
            people, customers = filled(name, count, products)
            server = stack.enter_context(Server("kam.wsgi:application", environment(), folder / f"{name}.log"))
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
