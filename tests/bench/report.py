"""The page of the benchmarks: its lines, its parts, and how it is written; what is measured says run.py."""

import os
import platform
import re
from dataclasses import dataclass

from kam import configuration

REPORT = configuration.ROOT / "docs" / "benchmarks.md"
SIZES = {"S": 2_000, "L": 20_000}
LIST = "?status=active&ordering=name"
PER_ROUND = 12
#: The parts of the page, each of which can be measured by itself.
PARTS = {
    "web": "Lists, reads and pages",
    "import": "Import of companies",
    "ledger": "Import of sales",
    "growth": "Pages over a ledger that grows",
    "plants": "Pages over ten times the plants",
    "sweep": "Publication, and sweep over all nodes",
    "years": "A year of plans, and a hundredth of it",
    "prices": "Pricing an offer",
    "offers": "Offers",
    "entering": "Entering orders",
    "checks": "Checking an order",
    "cockpit": "Cockpit over open lines",
    "complaints": "Complaints taken in",
    "boards": "Board of complaints",
    "reports": "Reports of a year",
    "grid": "The grid of a budget",
    "start": "Start",
}


@dataclass
class Line:
    """One line of the table: what, the figures as text, and whether it is within its limit."""

    what: str
    product: str
    bare: str
    ratio: str
    limit: str
    queries: str
    rows: str
    good: bool = True


HEAD = ("Measure", "KAM", "bare twin", "ratio", "limit", "queries", "rows")


def table(lines: list[Line]) -> str:
    """The table as Markdown that is also read well as it stands."""
    cells = [HEAD, *[(line.what, line.product, line.bare, line.ratio, line.limit, line.queries, line.rows) for line in lines]]
    widths = [max(len(row[place]) for row in cells) for place in range(len(HEAD))]
    written = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in cells]
    written.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(written)


def report(found: dict[str, list[Line]], size: str, rounds: int) -> str:
    """The page of docs: the parts measured now, and the others as they stand there."""
    held = REPORT.read_text() if REPORT.exists() else ""
    parts = dict(re.findall(r"^## (.+?)\n\n(\|.*?)\n(?:\n|\Z)", held, re.MULTILINE | re.DOTALL))
    parts |= {PARTS[part]: table(lines) for part, lines in found.items()}
    tables = "\n\n".join(f"## {title}\n\n{parts[title]}" for title in PARTS.values() if title in parts)
    return f"""# Benchmarks

Written by `make bench`, or part by part by `make bench ARGS="--only PART"`. {SIZES[size]:,} companies (size {size}), medians of {rounds}
interleaved rounds of {PER_ROUND} requests, on {os.cpu_count()} processors, Python {platform.python_version()}. A ratio compares with the bare twin in
`tests/bench/bare.py`, asked in turn with KAM in the same run: plain Django REST framework (or a plain template) on the same tables and
indexes, with the same columns and rows, the same page size, gunicorn in the same shape, a token (or session) check and a count, and no
rule of who sees what.

Lists are filtered and sorted (`{LIST}`), 50 rows a page. The account manager leads a few hundred companies, the area
manager's location serves a quarter of all plants, the sales manager sees everything; rights are read anew in every request.
The import's seconds of work are those of processors: of our processes and of the database's.
The bare twin of an import of sales is a COPY of the documents, headers and lines that it wrote, in turn with it, into tables with the
same columns, checks and indexes and without triggers; of one from Excel, reading the sheet, twice which it may take more than from CSV.
The limit is set on all that KAM does with the file: reading it and looking everything up for the preview, and carrying it out.
The twin of a publication is one INSERT … SELECT that adds up the cells of the same lines, into a table with the same columns and indexes
and without references to others, which take a third of the time.
The twin of the sweep is the one statement that adds up plan and actuals of every node, from the targets and the kept totals.
The twin of a page over a ledger that has grown is the same page over 100,000 lines of the same company; of one over more plants, the
same page of a company with a tenth of the customers, plants, account managers and lines, which has no limit. Of a year of plans it is
the same page of a company with a hundredth of all of them; a board shows up to 50 budgets, and the small company has eight.
The twin of pricing an offer is the four statements that read what any program has to know for it: every agreed line that could price one
of its lines, with scales and deliveries of tooling, list prices, clauses, index values and rates. KAM reads families, names and costs
besides, decides, computes and says who lost and why.
A list of offers is that of the API, as each person sees it among all; the twin of an offer that is written is given its prices, where
KAM finds them, and the twin of a print is the same typesetter given the same lines as one table. The twin of a report of a year is one
GROUP BY over the finest totals, which KAM reads where no coarser ones tell apart what is asked.
The twin of an order that is written is given its prices as well. Eight clients then enter and register orders at the same moment: it
counts as within the limit only where no number is doubled or missing, no line is lost and no request is refused.
The twin of checking an order is the statements that read what it is compared with: its lines with what was offered and agreed, customer
items, revisions, units, earlier orders, sales, terms, parameters, and those of pricing. The twin of the cockpit is the same page of the
same company with a hundredth of the open lines.
The twin of a complaint that is posted is told whom to ask and whom to tell and writes the same complaint, work items and notices, without
history, deadlines and mails. It counts as within the limit only where each of them is there once, with the work of each department and a
notice for each of its people. They are sold by four locations; the mails wait for a worker meanwhile. The twin of the board is the board
over 1,000 complaints, of those whose page is full in both.
The grid is measured in Chromium on the same machine, from the request to the moment at which keys are taken, over ten seconds of a
scripted scroll, and from the last key of an edit to the server's word that it is saved. The twin of a save is psycopg's executemany of
the same 1,000 rows on a table with the same key and without triggers, history, totals, rights and JSON.

{tables}
"""
