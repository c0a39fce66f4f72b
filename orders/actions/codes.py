"""What the codes of a source system stand for: one table of every customer, plant, product, person and location that may be named.

A code of the source system itself goes before a code of KAM; keys of digits are the same with and without leading zeros.
"""

from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import connection

from accounts.models import Customer, Location, Plant, User, access_of
from catalog.models import Product
from kam.core.codes import ExternalCode
from orders.models.sources import KAM

CODES = "sales_codes"


def plain(code: str) -> str:
    """SQL: a code in the form in which two are compared."""
    return f"CASE WHEN {code} ~ '^[0-9]+$' THEN coalesce(nullif(ltrim({code}, '0'), ''), '0') ELSE upper(btrim({code})) END"


#: Kind → (model, its own codes as (expression, rank) over `record`, condition on `record`).
KINDS: dict[str, tuple[Any, tuple[str, ...], str]] = {
    "customer": (
        Customer,
        ("record.code",),
        "record.merged_into_id IS NULL AND (%(everything)s OR record.id = ANY(%(customers)s::bigint[]))",
    ),
    "plant": (Plant, ("record.code",), "(%(everything)s OR record.id = ANY(%(plants)s::bigint[]))"),
    "product": (Product, ("record.code",), "true"),
    "person": (User, ("record.email",), "true"),
    "location": (Location, ("record.code", "record.sap_sales_organisation", "record.sap_plant"), "true"),
}
FOUND = """
SELECT %(kind_{kind})s AS kind, systems.system, {external_code} AS code, external.period, record.id, 1 AS rank
FROM systems
JOIN core_externalcode AS external ON external.system IN (systems.system, %(own)s) AND external.content_type_id = %(type_{kind})s
JOIN {table} AS record ON record.id = external.object_id
WHERE {condition}
UNION ALL
SELECT %(kind_{kind})s, systems.system, {own_code}, daterange(NULL, NULL), record.id, 1 + own.rank::integer
FROM systems, {table} AS record, unnest(ARRAY[{own_codes}]) WITH ORDINALITY AS own (code, rank)
WHERE own.code <> '' AND {condition}
"""
MAKE = """
CREATE TEMPORARY TABLE {table} ON COMMIT DROP AS
WITH systems AS (SELECT DISTINCT coalesce(nullif(btrim(system), ''), %(system)s) AS system FROM {staged}), found AS ({found}),
best AS (SELECT found.*, min(rank) OVER (PARTITION BY kind, system, code) AS first FROM found)
SELECT kind, system, code, id, period, count(*) OVER (PARTITION BY kind, system, code) = 1 AS alone
FROM (SELECT DISTINCT kind, system, code, id, period FROM best WHERE rank = first) AS named
"""


def make_codes(staged: str, *, actor: Any, system: str) -> None:
    """Make the table of the codes that this person may use; `system` is the source of rows that name none."""
    everything = actor is None or access_of(actor).sees_all
    values: dict[str, Any] = {
        "system": system,
        "own": KAM,
        "everything": everything,
        "customers": [] if everything else list(Customer.objects.visible_to(actor).values_list("pk", flat=True)),
        "plants": [] if everything else list(Plant.objects.visible_to(actor).values_list("pk", flat=True)),
    }
    parts = []
    for kind, (model, own, condition) in KINDS.items():
        values |= {f"kind_{kind}": kind, f"type_{kind}": ContentType.objects.get_for_model(model).pk}
        parts.append(
            FOUND.format(
                kind=kind,
                table=model._meta.db_table,
                condition=condition,
                external_code=plain("external.code"),
                own_code=plain("own.code"),
                own_codes=", ".join(f"{code}::text" for code in own),
            )
        )
    assert ExternalCode._meta.db_table == "core_externalcode"
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {CODES}")
        cursor.execute(MAKE.format(table=CODES, staged=staged, found=" UNION ALL ".join(parts)), values)
        cursor.execute(f"ANALYZE {CODES}")
