"""`make bench`: measures KAM beside its bare twins, prints the table, writes docs/benchmarks.md, and fails over a limit.

Sizes: L is the measure (20,000 companies); S (2,000) is quick and shows only whether something went badly wrong.
"""

import argparse
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import django

from kam import configuration
from tests.bench.report import LIST, PARTS, PER_ROUND, REPORT, SIZES, Line, report, table

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kam.settings")
RIGHTS_QUERIES = 3
MEMORY, IMPORT_WORK, START = 200.0, 5.0, 10.0
COPIES, SHEETS, PEAK = 4.0, 2.0, 1.2
LEDGER = {"S": 10_000, "L": 100_000}
GROWN, GROWTH = {"S": 300_000, "L": 10_000_000}, 1.5
#: A board shows fifty budgets where there are hundreds, and the eight that a hundredth of the company has.
YEARS = 2.0
GROWING = {"S": 2_000, "L": 16_680}
PRODUCTS, LEDGER_ROUNDS = 1_000, 3
#: The sweep: companies, lines of the ledger, lines of budgets, and lines of the import after which only what it touched is looked at.
SWEPT = {"S": (1_668, 300_000, 40_000), "L": (16_680, 10_000_000, 500_000)}
SWEEP, SWEEP_ROUNDS, IMPORTED, PUBLICATION = 3.0, 5, 10_000, 4.0
PRICES, PRICED, ASKED = 100_000, 3.0, 8
GRID = {"S": 500, "L": 5_000}
READY, FRAME, EDIT, CELLS = 3.0, 50.0, 1.0, 5.0


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


def import_lines(actor: Any, rows: int) -> list[Line]:
    """The import, in seconds of work: processors of ours and of the database, whatever else the machine does."""
    from tests.bench.importing import measure

    steps = measure(actor, rows)
    names = {"faults": "Preview of a sheet with 100 faults", "preview": "Preview of a sheet", "import": "Carrying it out"}
    lines = [Line(names[key], f"{step.work:.2f} s", "", "", "", "", f"{rows}", True) for key, step in steps.items()]
    work, clock = (sum(getattr(steps[key], unit) for key in ("preview", "import")) for unit in ("work", "clock"))
    text = f"{work:.2f} s of work ({clock:.2f} s by the clock)"
    return [
        *lines,
        Line("Import from Excel: preview, error list, carried out", text, "", "", "< 5 s", "", f"{rows}", work < IMPORT_WORK),
    ]


def ledger_lines(actor: Any, lines: int, rounds: int) -> list[Line]:
    """The import of sales against a bare COPY of the same rows, by the clock and in turn; what a sheet costs more; memory."""
    from tests.bench import ledger

    ledger.build_catalogue(PRODUCTS)
    found = ledger.measure_import(actor, lines, PRODUCTS, rounds)
    clock = {name: statistics.median(watch.clock for watch in watches) for name, watches in found.items()}
    work = {name: statistics.median(watch.work for watch in watches) for name, watches in found.items()}
    both = [sum(watch.clock for watch in pair) for pair in zip(found["looked_at"], found["excel"], strict=True)]
    plain = [sum(watch.clock for watch in pair) for pair in zip(found["preview"], found["csv"], strict=True)]
    ratio = statistics.median(one / bare.clock for one, bare in zip(plain, found["copy"], strict=True))
    more = statistics.median((one - other) / read.clock for one, other, read in zip(both, plain, found["sheet"], strict=True))
    few, many = (ledger.peak_memory(actor, count, PRODUCTS, turn) for count, turn in ((lines, 8), (10 * lines, 9)))

    def told(name: str) -> str:
        return f"{clock[name]:.1f} s ({work[name]:.1f} s of work)"

    size = f"{lines}"
    return [
        Line("Sales from CSV: looked at", told("preview"), "", "", "", "", size),
        Line("Sales from CSV: carried out", told("csv"), "", "", "", "", size),
        Line(
            "Sales from CSV: looked at and carried out",
            f"{statistics.median(plain):.1f} s",
            told("copy"),
            f"{ratio:.2f}",
            "4.00",
            "",
            size,
            ratio <= COPIES,
        ),
        Line(
            "Sales from Excel: what both together take more than CSV",
            f"{statistics.median(both):.1f} s",
            told("sheet"),
            f"{more:.2f}",
            "2.00",
            "",
            size,
            more <= SHEETS,
        ),
        Line("Totals are the sums of the lines: proof", told("check"), "", "", "", "1", f"{2 * rounds * lines}"),
        Line(
            "Worker's peak memory, ten times the lines",
            f"{many:.0f} MiB",
            f"{few:.0f} MiB",
            f"{many / few:.2f}",
            "1.20",
            "",
            f"{10 * lines}",
            many <= PEAK * few,
        ),
    ]


def growth_lines(pair: Any, rounds: int, folder: Path, *, limit: float = 0, **opened: Any) -> list[Line]:
    """The pages that show sales, or those that are `opened`, over a large database against a small one."""
    from kam.launch.postgres import drop_database
    from tests.bench import growth

    try:
        found = growth.measure(pair, PRODUCTS, rounds, PER_ROUND // 2, folder, **opened)
    finally:
        growth.forget(drop_database)
    told = []
    for what, measured in found.items():
        many, few = measured.medians
        good, text = not limit or measured.ratio <= limit, f"≤ {limit:g}" if limit else ""
        told.append(Line(what, f"{many:.1f} ms", f"{few:.1f} ms", f"{measured.ratio:.2f}", text, "", f"{pair[1].lines}", good))
    return told


def sweep_lines(size: str) -> list[Line]:
    """The nightly sweep against the one statement that it cannot avoid; what comes in by day touches only its own nodes."""
    from kam.launch.postgres import drop_database
    from tests.bench import growth, sweeping

    companies, lines, planned = SWEPT[size]
    try:
        people, _customers = growth.filled(growth.Side("kam_bench_many", companies, lines), PRODUCTS)
        found = sweeping.medians(sweeping.measure(people["sales manager"].user, planned, SWEEP_ROUNDS, IMPORTED))
    finally:
        growth.forget(drop_database)
    published = found["published"] / found["bare_targets"]
    night, touched = found["night"] / found["bare"], found["touched"] / found["bare"]
    nodes = f"{found['nodes']:.0f}"
    seconds = {name: f"{found[name]:.2f} s" for name in ("bare_targets", "published", "first", "bare", "night", "touched")}
    return [
        Line(
            "Targets of a round published",
            seconds["published"],
            seconds["bare_targets"],
            f"{published:.2f}",
            f"≤ {PUBLICATION:g}",
            "",
            f"{found['targets']:.0f} × 12",
            published <= PUBLICATION,
        ),
        Line("First sweep of a year, every deviation opened", seconds["first"], "", "", "", "", nodes),
        Line(
            "Nightly sweep over all nodes",
            seconds["night"],
            seconds["bare"],
            f"{night:.2f}",
            f"≤ {SWEEP:g}",
            "",
            nodes,
            night <= SWEEP,
        ),
        Line(
            "Sweep after an import", seconds["touched"], seconds["bare"], f"{touched:.2f}", "< 1", "", f"{IMPORTED}", touched < 1
        ),
    ]


def price_lines(person: Any, lines: int, rounds: int) -> list[Line]:
    """A long offer priced with its costs, beside the statement that finds the agreed lines."""
    from tests.bench import pricing

    found = pricing.measure(person, lines, rounds)
    theirs, queries, what = found["bare"] * 1000, found["queries"], f"{pricing.QUESTIONS} lines among {lines} agreed prices"
    told = []
    for name, words, limit in (("engine", "priced", PRICED), ("reader", "priced and costed for a reader", 0)):
        ours = found[name] * 1000
        good = (not limit or ours <= limit * theirs) and queries <= ASKED
        text = f"≤ {limit:g}" if limit else f"≤ {ASKED} queries"
        cells = (f"{ours:.1f} ms", f"{theirs:.1f} ms", f"{ours / theirs:.2f}", text, "" if limit else f"{queries}")
        told.append(Line(f"{what}: {words}", *cells, f"{found['found']}", good))
    return told


def grid_lines(person: Any, lines: int, rounds: int, folder: Path) -> list[Line]:
    """The grid in Chromium: until one can work, while one scrolls, until an edit is saved; and a save beside a bare executemany."""
    from tests.bench import grid

    found = grid.measure(person, lines, rounds, folder)
    ready, edit, save, bare = (statistics.median(times) for times in (found.ready, found.edit, found.save, found.bare))
    frame = statistics.quantiles(found.frames, n=20)[-1]
    ratio = statistics.median(one / other for one, other in zip(found.save, found.bare, strict=True))
    size = f"{lines} × 12"
    return [
        Line("Grid ready to work", f"{ready:.2f} s", "", "", f"≤ {READY:g} s", "", size, ready <= READY),
        Line("Grid: 95 % of the frames of a scroll", f"{frame:.1f} ms", "", "", f"≤ {FRAME:g} ms", "", size, frame <= FRAME),
        Line("Grid: an edit until it is saved", f"{edit:.2f} s", "", "", f"≤ {EDIT:g} s", "", size, edit <= EDIT),
        Line(
            "Grid: a save of 1,000 cells",
            f"{save:.0f} ms",
            f"{bare:.0f} ms",
            f"{ratio:.2f}",
            f"≤ {CELLS:g}",
            "",
            "1000",
            ratio <= CELLS,
        ),
    ]


def start_line(folder: Path) -> Line:
    """`make run` on a second start, from the command to the line that says where KAM is."""
    from tests.bench.servers import free_port

    environment = {name: value for name, value in os.environ.items() if name not in configuration.DEFAULTS}
    environment |= {"KAM_DATA": str(folder / "house"), "PORT": str(free_port())}
    command = ["make", "run"] if shutil.which("make") else [sys.executable, "dev.py", "run"]
    times = []
    for _turn in range(2):
        started = time.perf_counter()
        with subprocess.Popen(
            command, cwd=configuration.ROOT, env=environment, text=True, stdout=subprocess.PIPE, start_new_session=True
        ) as process:
            assert process.stdout is not None
            said = []
            for line in process.stdout:
                said.append(line)
                if "KAM is ready" in line:
                    break
            else:
                raise SystemExit(f"{''.join(said)}\n`make run` did not start.")
            times.append(time.perf_counter() - started)
            os.killpg(process.pid, signal.SIGINT)
            process.stdout.read()
    return Line("`make run` ready, second start", f"{times[1]:.1f} s", "", "", "< 10 s", "", "", times[1] < START)


def main() -> int:
    """Measure everything; the exit code counts what is over its limit."""
    parser = argparse.ArgumentParser(prog="make bench ARGS=…", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--size", choices=SIZES, default="L")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", choices=PARTS, help="measure only this part of the page")
    chosen = parser.parse_args()
    if chosen.rounds < 5:
        parser.error("at least 5 rounds")
    django.setup()
    from django.test.utils import override_settings

    from kam.launch.postgres import drop_database
    from tests import databases, workers
    from tests.bench import growth
    from tests.bench.stage import build

    workers.send_to("memory://")
    found: dict[str, list[Line]] = {}
    wanted = [chosen.only] if chosen.only else list(PARTS)
    with (
        tempfile.TemporaryDirectory(prefix="kam-bench-") as name,
        override_settings(MEDIA_ROOT=name, ALLOWED_HOSTS=["localhost"]),
    ):
        databases.make("kam_bench", reuse=False)
        try:
            people = build(SIZES[chosen.size]) if {"web", "import", "ledger", "grid", "prices"} & set(wanted) else {}
            if "web" in wanted:
                found["web"] = web_lines(people, chosen.rounds, Path(name))
            if "import" in wanted:
                found["import"] = import_lines(people["sales manager"].user, SIZES[chosen.size] // 2)
            if "ledger" in wanted:
                found["ledger"] = ledger_lines(people["sales manager"].user, LEDGER[chosen.size], LEDGER_ROUNDS)
            if "prices" in wanted:
                found["prices"] = price_lines(people["account manager"], PRICES, chosen.rounds)
            if "grid" in wanted:
                found["grid"] = grid_lines(people["area manager"], GRID[chosen.size], chosen.rounds, Path(name))
        finally:
            databases.use("postgres")
            with databases.server() as maintenance:
                drop_database("kam_bench", maintenance)
        if "growth" in wanted:
            found["growth"] = growth_lines(growth.more_lines(GROWN[chosen.size]), chosen.rounds, Path(name), limit=GROWTH)
        if "plants" in wanted:
            found["plants"] = growth_lines(growth.more_plants(GROWING[chosen.size]), chosen.rounds, Path(name))
        if "years" in wanted:
            companies, lines, planned = SWEPT[chosen.size]
            opened = growth.of_plans({"kam_bench_few": planned // 100, "kam_bench_many": planned})
            found["years"] = growth_lines(
                growth.hundredth(companies, lines), chosen.rounds, Path(name), limit=YEARS, opened=opened
            )
        if "sweep" in wanted:
            found["sweep"] = sweep_lines(chosen.size)
        if "start" in wanted:
            found["start"] = [start_line(Path(name))]
    lines = [line for part in found.values() for line in part]
    print(table(lines), flush=True)
    if chosen.size == "L":
        REPORT.write_text(report(found, chosen.size, chosen.rounds))
    over = [line.what for line in lines if not line.good]
    print(f"\nOver the limit: {'; '.join(over)}" if over else "\nEverything is within its limit.", flush=True)
    return len(over)


if __name__ == "__main__":
    sys.exit(main())
