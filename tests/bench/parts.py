"""The parts of `make bench`: each measures one thing beside its bare twin and answers the lines of its table.

Sizes: L is the measure (20,000 companies); S (2,000) is quick and shows only whether something went badly wrong.
"""

import os
import shutil
import signal
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from kam import configuration
from tests.bench.report import PER_ROUND, Line

IMPORT_WORK, START = 5.0, 10.0
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
REPORTED = 1.5
OFFERS, LISTED, WRITTEN, SHOWN = {"S": 50_000, "L": 1_000_000}, 1.5, 5.0, 20.0
#: The cockpit: companies, lines of the ledger, and open lines of the small and of the large database.
COCKPIT = {"S": (1_668, 10_000, 1_000, 100_000), "L": (16_680, 100_000, 10_000, 1_000_000)}
CHECKED = 5.0
#: Complaints: how many times the twin, and how many there are on the small and on the large board.
COMPLAINED, BOARDS = 6.0, {"S": (1_668, 1_000, 10_000), "L": (16_680, 1_000, 100_000)}
GRID = {"S": 500, "L": 5_000}
READY, FRAME, EDIT, CELLS = 3.0, 50.0, 1.0, 5.0


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


def check_lines(person: Any, rounds: int) -> list[Line]:
    """Comparing and checking a long order beside reading what it is compared with, in as many queries as a short one."""
    from tests.bench import ordering

    found = ordering.measure_checks(person, PRICES, rounds)
    ours, theirs = 1000 * found["checked"], 1000 * found["read"]
    ratio, asked = ours / theirs, f"{found['long']:.0f} ({found['short']:.0f} of 5 lines)"
    good = ratio <= CHECKED and found["long"] == found["short"]
    cells = (f"{ours:.1f} ms", f"{theirs:.1f} ms", f"{ratio:.2f}", f"≤ {CHECKED:g}", asked, f"{ordering.LONG}")
    return [Line(f"An order of {ordering.LONG} lines compared and checked", *cells, good)]


def entry_lines(person: Any, rounds: int, folder: Path) -> list[Line]:
    """An order of five lines in one request beside its bare twin, and orders of eight clients at once."""
    from tests.bench import entering, pricing

    plant = pricing.agree(person, PRICES // 10)
    found, registered = entering.measure(person, plant, rounds, PER_ROUND // 2, folder)
    (ours, theirs), ratio = found.medians, found.ratio
    cells = (f"{ours:.1f} ms", f"{theirs:.1f} ms", f"{ratio:.2f}", f"≤ {WRITTEN:g}", "", f"{entering.SHORT}")
    return [
        Line(f"An order of {entering.SHORT} lines, priced and written in one request", *cells, ratio <= WRITTEN),
        Line(f"Orders of {entering.CLIENTS} clients at once, without gap or loss", "", "", "", "", "", f"{registered}"),
    ]


def cockpit_lines(size: str, rounds: int, folder: Path) -> list[Line]:
    """The cockpit of orders over very many open lines against few."""
    from tests.bench import growth, ordering

    companies, sold, few, many = COCKPIT[size]
    pair = growth.Side("kam_bench_few", companies, sold), growth.Side("kam_bench_many", companies, sold)
    opened = ordering.open_lines({"kam_bench_few": few, "kam_bench_many": many})
    return growth_lines(pair, rounds, folder, limit=GROWTH, rows=many, opened=opened)


def complaint_lines(person: Any, folder: Path) -> list[Line]:
    """A thousand complaints of eight clients at once beside their bare twins, and the mails that follow."""
    from tests.bench import complaining

    found = complaining.measure(person, folder)
    ratio = statistics.median(one / other for one, other in zip(found.ours, found.bare, strict=True))
    ours, bare = (f"{sum(times):.1f} s" for times in (found.ours, found.bare))
    cells = (ours, bare, f"{ratio:.2f}", f"≤ {COMPLAINED:g}", "", f"{found.complaints}")
    rate = f"{found.mails / found.seconds:.0f} a second"
    return [
        Line(f"Complaints of {complaining.CLIENTS} clients at once, each with its alert", *cells, ratio <= COMPLAINED),
        Line("Mails that follow, handed over by one process", rate, "", "", "", "", f"{found.mails}"),
    ]


def board_lines(size: str, rounds: int, folder: Path) -> list[Line]:
    """The board of complaints over very many against few."""
    from tests.bench import complaining, growth

    companies, few, many = BOARDS[size]
    pair = growth.Side("kam_bench_few", companies, few), growth.Side("kam_bench_many", companies, few)
    opened = complaining.boards({"kam_bench_few": few, "kam_bench_many": many})
    return growth_lines(pair, rounds, folder, limit=GROWTH, rows=many, opened=opened)


def growth_lines(pair: Any, rounds: int, folder: Path, *, limit: float = 0, rows: int = 0, **opened: Any) -> list[Line]:
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
        told.append(
            Line(what, f"{many:.1f} ms", f"{few:.1f} ms", f"{measured.ratio:.2f}", text, "", f"{rows or pair[1].lines}", good)
        )
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
    """A long offer priced with its costs, beside the statements that read what its prices are computed from."""
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


def offer_lines(people: dict[str, Any], offers: int, rounds: int, folder: Path) -> list[Line]:
    """Lists of very many offers, a long one as page and paper, and a short one written in one request, beside their twins."""
    from orders.models import PriceAgreement
    from tests.bench import offering, pricing

    made = PriceAgreement.objects.filter(reference="BENCH-plant").select_related("plant__customer").first()
    plant = made.plant if made else pricing.agree(people["account manager"], PRICES)
    found = offering.measure(people, plant, offers, rounds, PER_ROUND // 2, folder)
    words = {
        "Written": f"An offer of {offering.SHORT} lines, priced and written in one request",
        "Page": f"Page of an offer of {offering.LONG} lines",
        "Print": f"Print of an offer of {offering.LONG} lines",
    }
    limits = {"Written": WRITTEN, "Page": SHOWN, "Print": SHOWN}
    told = []
    for what, measured in found.items():
        (ours, theirs), most = measured.medians, limits.get(what, LISTED)
        cells = (f"{ours:.1f} ms", f"{theirs:.1f} ms", f"{measured.ratio:.2f}", f"≤ {most:g}", "", f"{offers}")
        told.append(Line(words.get(what, what), *cells, measured.ratio <= most))
    return told


def report_lines(size: str, rounds: int) -> list[Line]:
    """The year by customer, product and month, beside one GROUP BY each."""
    from kam.launch.postgres import drop_database
    from tests.bench import growth, reporting

    companies, lines, _planned = SWEPT[size]
    told = []
    try:
        people, _customers = growth.filled(growth.Side("kam_bench_many", companies, lines), PRODUCTS)
        for who, person in people.items():
            for by, (ours, theirs, rows) in reporting.measure(person.user, rounds).items():
                ratio = ours / theirs
                cells = (f"{ours:.1f} ms", f"{theirs:.1f} ms", f"{ratio:.2f}", f"≤ {REPORTED:g}", "", f"{rows}")
                told.append(Line(f"Sales of a year by {by}, {who}", *cells, ratio <= REPORTED))
    finally:
        growth.forget(drop_database)
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
