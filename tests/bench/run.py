"""`make bench`: measures KAM beside its bare twins, prints the table, writes docs/benchmarks.md, and fails over a limit.

Sizes: L is the measure (20,000 companies); S (2,000) is quick and shows only whether something went badly wrong.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

import django

from tests.bench import parts
from tests.bench.report import PARTS, REPORT, SIZES, Line, report, table
from tests.bench.web import web_lines

#: The parts that are measured on the stage; the others build databases of their own.
STAGED = {"web", "import", "ledger", "grid", "prices", "offers", "checks", "entering", "complaints"}
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kam.settings")


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
            people = build(SIZES[chosen.size]) if STAGED & set(wanted) else {}
            if "web" in wanted:
                found["web"] = web_lines(people, chosen.rounds, Path(name))
            if "import" in wanted:
                found["import"] = parts.import_lines(people["sales manager"].user, SIZES[chosen.size] // 2)
            if "ledger" in wanted:
                found["ledger"] = parts.ledger_lines(people["sales manager"].user, parts.LEDGER[chosen.size], parts.LEDGER_ROUNDS)
            if "prices" in wanted:
                found["prices"] = parts.price_lines(people["account manager"], parts.PRICES, chosen.rounds)
            if "offers" in wanted:
                found["offers"] = parts.offer_lines(people, parts.OFFERS[chosen.size], chosen.rounds, Path(name))
            if "entering" in wanted:
                found["entering"] = parts.entry_lines(people["area manager"], chosen.rounds, Path(name))
            if "checks" in wanted:
                found["checks"] = parts.check_lines(people["account manager"], chosen.rounds)
            if "complaints" in wanted:
                found["complaints"] = parts.complaint_lines(people["sales manager"], Path(name))
            if "grid" in wanted:
                found["grid"] = parts.grid_lines(people["area manager"], parts.GRID[chosen.size], chosen.rounds, Path(name))
        finally:
            databases.use("postgres")
            with databases.server() as maintenance:
                drop_database("kam_bench", maintenance)
        if "growth" in wanted:
            found["growth"] = parts.growth_lines(
                growth.more_lines(parts.GROWN[chosen.size]), chosen.rounds, Path(name), limit=parts.GROWTH
            )
        if "plants" in wanted:
            found["plants"] = parts.growth_lines(growth.more_plants(parts.GROWING[chosen.size]), chosen.rounds, Path(name))
        if "years" in wanted:
            companies, lines, planned = parts.SWEPT[chosen.size]
            opened = growth.of_plans({"kam_bench_few": planned // 100, "kam_bench_many": planned})
            found["years"] = parts.growth_lines(
                growth.hundredth(companies, lines), chosen.rounds, Path(name), limit=parts.YEARS, opened=opened
            )
        if "cockpit" in wanted:
            found["cockpit"] = parts.cockpit_lines(chosen.size, chosen.rounds, Path(name))
        if "boards" in wanted:
            found["boards"] = parts.board_lines(chosen.size, chosen.rounds, Path(name))
        if "sweep" in wanted:
            found["sweep"] = parts.sweep_lines(chosen.size)
        if "reports" in wanted:
            found["reports"] = parts.report_lines(chosen.size, chosen.rounds)
        if "start" in wanted:
            found["start"] = [parts.start_line(Path(name))]
    lines = [line for part in found.values() for line in part]
    print(table(lines), flush=True)
    if chosen.size == "L":
        REPORT.write_text(report(found, chosen.size, chosen.rounds))
    over = [line.what for line in lines if not line.good]
    print(f"\nOver the limit: {'; '.join(over)}" if over else "\nEverything is within its limit.", flush=True)
    return len(over)


if __name__ == "__main__":
    sys.exit(main())
