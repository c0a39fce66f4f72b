"""Lists, reads and pages of companies beside their bare twins: what is asked, by whom, how long it takes, how many queries."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.report import LIST, PER_ROUND, Line

RIGHTS_QUERIES, MEMORY = 3, 200.0


@dataclass(frozen=True)
class Request:
    """One request of the product with its bare twin: as whom, where, and how many times the twin it may take."""

    what: str
    who: str
    path: str
    bare_path: str
    limit: float

    @property
    def page(self) -> bool:
        """Whether it is a page, opened with a session, and not the API."""
        return not self.path.startswith("/api/")


def requests(people: dict[str, Any]) -> list[Request]:
    """What is asked."""
    from accounts.models import Customer

    found = []
    for who, person in people.items():
        bare = f"{LIST}&{person.bare_scope}"
        found.append(Request(f"API list, {who}", who, f"/api/v1/customers/{LIST}", f"/api/v1/customers/{bare}", 1.5))
    for who, person in people.items():
        key = Customer.objects.visible_to(person.user).filter(pk__iregex="[05]$").order_by("pk").values_list("pk", flat=True)[0]
        found.append(Request(f"API read with plants, {who}", who, f"/api/v1/customers/{key}/", f"/api/v1/customers/{key}/", 2))
    for who, person in people.items():
        found.append(Request(f"List as a page, {who}", who, f"/customers/{LIST}", f"/customers/{LIST}&{person.bare_scope}", 3))
    return found


def headers(person: Any, page: bool, bare: bool) -> dict[str, str]:
    """What says who asks."""
    if page:
        return {"Cookie": f"sessionid={person.bare_session if bare else person.session}"}
    return {"Authorization": f"Token {person.token}"}


def query_counts(request: Request, person: Any) -> tuple[int, int]:
    """How many queries the answer of the product takes, and how many of them resolve the rights."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from accounts.models import Customer, User

    sent = {f"HTTP_{name.upper()}": value for name, value in headers(person, request.page, False).items()}
    client = Client(headers={"host": "localhost"})
    client.get(request.path, **sent)
    with CaptureQueriesContext(connection) as all_queries:
        answer = client.get(request.path, **sent)
    assert answer.status_code == 200, (request.path, answer.content[:500])
    reader = User.objects.get(pk=person.user.pk)
    with CaptureQueriesContext(connection) as rights:
        Customer.objects.visible_to(reader)
    return len(all_queries), len(rights)


def row_count(body: bytes, page: bool) -> int:
    """How many rows stand in an answer."""
    import json

    if page:
        return body.count(b"<tr") - 1
    answer = json.loads(body)
    return len(answer["results"]) if "results" in answer else 1 + len(answer["plants"])


def compare(asked: list[Request], people: dict[str, Any], rounds: int, product: Any, bare: Any) -> list[Line]:
    """Ask both in turn, a round of every request after the other."""
    from tests.bench.servers import Measured

    found = {request: Measured() for request in asked}
    rows: dict[Request, int] = {}
    for turn in range(rounds + 1):
        for request in asked:
            person = people[request.who]
            product.wake()
            bare.wake()
            for number in range(PER_ROUND):
                for server, path, times, twin in (
                    (product, request.path, found[request].product, False),
                    (bare, request.bare_path, found[request].bare, True),
                ):
                    status, body, spent = server.ask(path, headers(person, request.page, twin))
                    if status != 200:
                        raise SystemExit(f"{path} as {request.who}: {status} {body[:500]!r}")
                    if turn:
                        times.append(spent)
                    elif number == 0:
                        count = row_count(body, request.page)
                        if rows.setdefault(request, count) != count and not request.page:
                            raise SystemExit(f"{path}: {count} rows beside {rows[request]} of the product")
    lines = []
    for request, measured in found.items():
        queries, rights = query_counts(request, people[request.who])
        ours, theirs = measured.medians
        good = measured.ratio <= request.limit and rights <= RIGHTS_QUERIES
        lines.append(
            Line(
                request.what,
                f"{ours:.1f} ms",
                f"{theirs:.1f} ms",
                f"{measured.ratio:.2f}",
                f"≤ {request.limit:g}",
                f"{queries} ({rights} for rights)",
                str(rows[request]),
                good,
            )
        )
    return lines


def web_lines(people: dict[str, Any], rounds: int, folder: Path) -> list[Line]:
    """The requests, and the memory of the web workers afterwards."""
    from tests.bench.servers import Server, environment

    with (
        Server("kam.wsgi:application", environment(), folder / "product.log") as product,
        Server("tests.bench.bare:application", environment(), folder / "bare.log") as bare,
    ):
        lines = compare(requests(people), people, rounds, product, bare)
        ours, theirs = product.memory(), bare.memory()
    good = ours < MEMORY
    return [
        *lines,
        Line("Memory of two web workers (PSS)", f"{ours:.0f} MiB", f"{theirs:.0f} MiB", "", "< 200 MiB", "", "", good),
    ]
