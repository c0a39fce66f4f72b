"""The sales ledger under load: what a file of many lines takes against a bare COPY of the same rows, and how much memory."""

import csv
import io
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files import File
from django.db import connection, transaction

from kam.configuration import ROOT
from kam.core import imports
from kam.core.excel_files import Sheet, open_tables, write_workbook
from kam.core.imports import Import
from orders.excel import Sales
from orders.models import upkeep
from orders.models.days import FILL
from orders.models.totals import LEVELS
from orders.reports.check import mismatches
from tests.bench.importing import Stopwatch
from tests.workers import database_url

KEYS = (
    *("system", "document", "date", "plant", "selling_location", "line"),
    *("product", "quantity", "unit", "net", "currency"),
)
LINES_OF_A_DOCUMENT, FIRST_DAY, DAYS = 4, date(2025, 1, 1), 365
#: Our tables and which of their rows a run wrote; the bare twin of each has the same columns, checks and indexes, and no trigger.
TABLES = {
    "orders_salesdocument": "id IN (SELECT document_id FROM orders_salesheader WHERE batch_id = {0})",
    "orders_salesheader": "batch_id = {0}",
    "orders_salesline": "batch_id = {0}",
}
FAMILIES = """
INSERT INTO catalog_productfamily (version, code, name_it, name_en, name_de)
SELECT 1, 'F' || n, 'Famiglia ' || n, 'Family ' || n, 'Familie ' || n FROM generate_series(1, 20) n
"""
PRODUCTS = """
INSERT INTO catalog_product (version, code, name_it, name_en, name_de, family_id, status, producing_location_id, base_unit,
    customs_code, origin_country, is_dual_use, is_sanctioned, notes)
SELECT 1, 'KP-' || n, 'Riduttore ' || n, 'Gearbox ' || n, 'Getriebe ' || n, (SELECT min(id) FROM catalog_productfamily) + n %% 20, 'active',
    (SELECT id FROM accounts_location WHERE code = CASE WHEN n %% 4 = 0 THEN 'DE' ELSE 'IT' END), 'pcs', '84834051', 'IT', false, false, ''
FROM generate_series(1, %(products)s) n
"""
COSTS = """
INSERT INTO catalog_standardcost (version, period, product_id, location_id, cost_version, material, variable_conversion, fixed, currency,
    price_unit)
SELECT 1, daterange('2020-01-01', NULL), id, producing_location_id, 'V1', 5 + id %% 90, 2, 1, 'EUR', 1 FROM catalog_product
"""


#: A worker that looks at one file and carries it out, and says how much memory it had.
WORKER = """
import resource, django; django.setup()
from django.conf import settings
from kam.core import imports, jobs
from tests import workers
settings.MEDIA_ROOT = {media!r}
workers.send_to("memory://")
assert jobs.run({job}) == "done"
record = imports.Import.objects.get(pk={record})
imports.confirm_import(record, actor=record.actor)
record.refresh_from_db()
assert jobs.run(record.job_id) == "done" and imports.Import.objects.get(pk={record}).state == "applied"
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
BATCH = """
INSERT INTO orders_salesbatch (version, kind, origin, currency, counts) VALUES (1, 'import', 'seed', 'EUR', '{}') RETURNING id
"""
DOCUMENTS = """
INSERT INTO orders_salesdocument (system, number)
SELECT 'SEED', 'S' || n FROM generate_series(%(first)s::integer, %(last)s::integer) n
"""
# Each plant buys twenty of the products, over all the months; a document has four lines.
HEADERS = """
INSERT INTO orders_salesheader (document_id, version, batch_id, kind, date, customer_id, selling_location_id, currency, rate, lines_net)
SELECT document.id, 1, %(batch)s, 'invoice', %(begin)s::date + (n * 31 %% %(days)s)::integer, plant.customer_id, service.location_id, 'EUR', 1, 0
FROM (SELECT id, substr(number, 2)::bigint AS n FROM orders_salesdocument WHERE system = 'SEED') AS document
JOIN (SELECT id, customer_id, row_number() OVER (ORDER BY id) - 1 AS place FROM accounts_plant) AS plant
    ON plant.place = n * 7919 %% %(plants)s
JOIN accounts_plantservice AS service ON service.plant_id = plant.id AND service.leads
WHERE n BETWEEN %(first)s AND %(last)s
"""
LINES = """
INSERT INTO orders_salesline (document_id, number, version, batch_id, date, plant_id, selling_location_id, producing_location_id, product_id,
    kind, is_intercompany, quantity, unit, net, currency, rate, cost, local_cost, account_manager_id, manager_stated)
SELECT header.document_id, line * 10, 1, %(batch)s, header.date, plant.id, header.selling_location_id, product.producing_location_id,
    product.id, 'goods', false, 1 + n %% 50, 'pcs', (1 + n %% 50) * (20 + (n + line) %% 77), 'EUR', 1, (1 + n %% 50) * 12,
    (1 + n %% 50) * 13, manager.user_id, false
FROM (SELECT document.id, substr(number, 2)::bigint AS n FROM orders_salesdocument AS document WHERE system = 'SEED') AS document
JOIN orders_salesheader AS header ON header.document_id = document.id
JOIN (SELECT id, customer_id, row_number() OVER (ORDER BY id) - 1 AS place FROM accounts_plant) AS plant
    ON plant.place = n * 7919 %% %(plants)s
JOIN accounts_customer AS customer ON customer.id = plant.customer_id
LEFT JOIN accounts_assignment AS manager ON manager.group_id = customer.group_id AND manager.kind = 'account_manager'
CROSS JOIN generate_series(1, 4) AS line
JOIN (SELECT id, producing_location_id, row_number() OVER (ORDER BY id) - 1 AS place FROM catalog_product) AS product
    ON product.place = (plant.place * 37 + (n + line * 5) %% 20 * 13) %% %(products)s
WHERE n BETWEEN %(first)s AND %(last)s ORDER BY header.date
"""
NETS = """
UPDATE orders_salesheader AS header SET lines_net = found.net
FROM (SELECT document_id, sum(net) AS net FROM orders_salesline GROUP BY document_id) AS found WHERE found.document_id = header.document_id
"""


def build_catalogue(products: int) -> None:
    """Products that Italy and Germany make, with a cost each."""
    with connection.cursor() as cursor:
        for statement in (FAMILIES, PRODUCTS, COSTS):
            cursor.execute(statement, {"products": products})
        cursor.execute("VACUUM ANALYZE")


def seed(lines: int, *, begin: date, days: int = 3 * 365, at_once: int = 1_000_000) -> None:
    """Fill the ledger with so many lines by a few statements, without its triggers, and add the totals up afterwards."""
    triggers = [f"ALTER TABLE {table} {{0}} TRIGGER USER" for table in ("orders_salesline", "orders_salesheader")]
    with connection.cursor() as cursor:
        for statement in triggers:
            cursor.execute(statement.format("DISABLE"))
        cursor.execute("SELECT (SELECT count(*) FROM accounts_plant), (SELECT count(*) FROM catalog_product)")
        plants, products = cursor.fetchone()
        cursor.execute(BATCH)
        values = {"batch": cursor.fetchone()[0], "plants": plants, "products": products, "begin": begin, "days": days}
        documents = lines // LINES_OF_A_DOCUMENT
        for first in range(1, documents + 1, at_once // LINES_OF_A_DOCUMENT):
            values |= {"first": first, "last": min(first + at_once // LINES_OF_A_DOCUMENT - 1, documents)}
            for statement in (DOCUMENTS, "ANALYZE orders_salesdocument", HEADERS, "ANALYZE orders_salesheader", LINES):
                cursor.execute(statement, values)
        cursor.execute(NETS)
        for year in range(begin.year, (begin + timedelta(days=days)).year + 1):
            with transaction.atomic():
                cursor.execute("SET LOCAL work_mem = '256MB'")
                source = (
                    f"(SELECT 1 AS sign, line.* FROM orders_salesline AS line WHERE extract(year FROM date) = {year}) AS moved"
                )
                cursor.execute(upkeep.cells(source))
                for level in LEVELS:
                    cursor.execute(upkeep.of_a_year(level).replace("$1", str(year)))
                cursor.execute(upkeep.FORGET_CELLS)
        cursor.execute(FILL)
        for statement in triggers:
            cursor.execute(statement.format("ENABLE"))
        cursor.execute("VACUUM ANALYZE")


def rows(count: int, turn: int, places: list[tuple[str, str]], products: int) -> Iterator[dict[str, Any]]:
    """The lines of a file, always the same: each plant buys twenty of our products, over a year."""
    for number in range(count):
        document = number // LINES_OF_A_DOCUMENT
        place = document * 7919 % len(places)
        plant, location = places[place]
        yield {
            "system": f"SAP-{location}",
            "document": f"9{turn}{document:07d}",
            "date": FIRST_DAY + timedelta(days=document * 31 % DAYS),
            "plant": plant,
            "selling_location": location,
            "line": number % LINES_OF_A_DOCUMENT * 10 + 10,
            "product": f"KP-{1 + (place * 37 + number * 11 % 20 * 13) % products}",
            "quantity": 1 + number % 50,
            "unit": "pcs",
            "net": f"{(1 + number % 50) * (20 + number % 77)}.{number % 100:02d}",
            "currency": "EUR",
        }


def csv_file(folder: Path, lines: Iterator[dict[str, Any]]) -> Path:
    """The lines as an ERP exports them."""
    path = folder / "sales.csv"
    with path.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, KEYS, delimiter=";")
        writer.writeheader()
        writer.writerows(lines)
    return path


def sheet_file(folder: Path, lines: Iterator[dict[str, Any]]) -> Path:
    """The same as a workbook, with days and numbers as such."""
    path = folder / "sales.xlsx"
    typed = ({**line, "net": Decimal(line["net"])} for line in lines)
    write_workbook([Sheet("Sales", [column for column in Sales.columns if column.key in KEYS], typed)], path, language="en")
    return path


def confirmed(actor: Any, path: Path) -> tuple[Import, Stopwatch]:
    """The import of a file, looked at and confirmed, and what looking at it took."""
    with path.open("rb") as stream:
        record = imports.upload_import(Import, actor=actor, kind="orders.sales", file=File(stream, name=path.name))
    with Stopwatch() as watch:
        imports.run_preview(record.job, lambda *_: None)
    record.refresh_from_db()
    assert not record.errors, record.errors[:3]
    imports.confirm_import(record, actor=actor)
    record.refresh_from_db()
    return record, watch


def carried_out(record: Import) -> Stopwatch:
    """What carrying it out takes."""
    with Stopwatch() as watch:
        imports.run_apply(record.job, lambda *_: None)
    record.refresh_from_db()
    assert record.state == Import.State.APPLIED, record.message
    return watch


def sheet_read(path: Path) -> Stopwatch:
    """What reading a workbook takes, without doing anything with it."""
    with Stopwatch() as watch, open_tables(path, name=path.name) as tables:
        assert sum(1 for table in tables for _row in table.rows()) > 1
    return watch


def make_bare() -> None:
    """The bare twins of the ledger's tables."""
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"DROP TABLE IF EXISTS bare_{table}")
            cursor.execute(f"CREATE TABLE bare_{table} (LIKE {table} INCLUDING ALL)")


def bare_copy(batch: int) -> Stopwatch:
    """The rows of one run, copied into the bare twins in one transaction."""
    texts = {}
    with connection.cursor() as cursor:
        for table, chosen in TABLES.items():
            cursor.execute(
                "SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute"
                " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''",
                [table],
            )
            (columns,) = cursor.fetchone()
            text = io.BytesIO()
            with cursor.copy(f"COPY (SELECT {columns} FROM {table} WHERE {chosen.format(batch)}) TO STDOUT") as out:
                text.writelines(out)
            texts[table] = columns, text.getvalue()
        with Stopwatch() as watch, transaction.atomic():
            for table, (columns, content) in texts.items():
                with cursor.copy(f"COPY bare_{table} ({columns}) FROM STDIN") as into:
                    into.write(content)
    return watch


def places_of() -> list[tuple[str, str]]:
    """Every plant with the location that sells to it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT plant.code, location.code FROM accounts_plant AS plant JOIN accounts_plantservice ON plant_id = plant.id AND leads"
            " JOIN accounts_location AS location ON location.id = location_id ORDER BY plant.id"
        )
        return cursor.fetchall()


def measure_import(actor: Any, lines: int, products: int, rounds: int) -> dict[str, list[Stopwatch]]:
    """Several files of as many lines, each with documents of its own, from CSV and from Excel, in turn with the bare ones."""
    places = places_of()
    found: dict[str, list[Stopwatch]] = {name: [] for name in ("preview", "csv", "copy", "looked_at", "excel", "sheet", "check")}
    make_bare()
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(rounds):
            record, preview = confirmed(actor, csv_file(Path(folder), rows(lines, 2 * turn, places, products)))
            found["preview"].append(preview)
            found["csv"].append(carried_out(record))
            found["copy"].append(bare_copy(record.written["batch"]))
            sheet = sheet_file(Path(folder), rows(lines, 2 * turn + 1, places, products))
            found["sheet"].append(sheet_read(sheet))
            record, preview = confirmed(actor, sheet)
            found["looked_at"].append(preview)
            found["excel"].append(carried_out(record))
            with Stopwatch() as watch:
                assert mismatches() == []
            found["check"].append(watch)
    return found


def peak_memory(actor: Any, lines: int, products: int, turn: int) -> float:
    """The most memory that a worker has while it looks at a file of so many lines and carries it out, in MiB."""
    with tempfile.TemporaryDirectory() as folder:
        path = csv_file(Path(folder), rows(lines, turn, places_of(), products))
        with path.open("rb") as stream:
            record = imports.upload_import(Import, actor=actor, kind="orders.sales", file=File(stream, name=path.name))
    program = WORKER.format(media=settings.MEDIA_ROOT, job=record.job_id, record=record.pk)
    environment = os.environ | {"DATABASE_URL": database_url(), "KAM_DATA": str(settings.DATA_DIR)}
    command = [sys.executable, "-W", "ignore", "-c", program]
    done = subprocess.run(command, cwd=ROOT, env=environment, text=True, capture_output=True, check=True)
    return int(done.stdout.split()[-1]) / 1024
