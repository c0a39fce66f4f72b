"""What the codes of a source system stand for: one table of the customers, plants, products, persons and locations that are named.

A code of the source system itself goes before a code of KAM; keys of digits are the same with and without leading zeros.
"""

from collections.abc import Mapping
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
#: Columns in which codes stand, and of which kind.
NAMED = {
    "customer": "customer",
    "plant": "plant",
    "product": "product",
    "account_manager": "person",
    "selling_location": "location",
    "producing_location": "location",
}
STATED = "SELECT DISTINCT '{kind}' AS kind, source AS system, {column} AS code FROM {table} WHERE {column} <> ''"
FOUND = """
SELECT asked.kind, asked.system, asked.code, external.period, record.id, 1 AS rank
FROM asked
JOIN core_externalcode AS external ON {external_code} = asked.code AND external.system IN (asked.system, %(own)s)
    AND external.content_type_id = %(type_{kind})s
JOIN {table} AS record ON record.id = external.object_id
WHERE asked.kind = '{kind}' AND {condition}
UNION ALL
SELECT asked.kind, asked.system, asked.code, daterange(NULL, NULL), record.id, 1 + own.rank::integer
FROM {table} AS record, unnest(ARRAY[{own_codes}]) WITH ORDINALITY AS own (code, rank), asked
WHERE own.code <> '' AND asked.kind = '{kind}' AND asked.code = {own_code} AND {condition}
"""
MAKE = """
CREATE TEMPORARY TABLE {table} ON COMMIT DROP AS
WITH asked AS MATERIALIZED (
    SELECT DISTINCT kind, system, {code} AS code FROM ({stated}) AS stated
), found AS ({found}),
best AS (SELECT found.*, min(rank) OVER (PARTITION BY kind, system, code) AS first FROM found)
SELECT kind, system, code, id, period, count(*) OVER (PARTITION BY kind, system, code) = 1 AS alone
FROM (SELECT DISTINCT kind, system, code, id, period FROM best WHERE rank = first) AS named
"""


def codes_of(actor: Any) -> dict[str, Any]:
    """Whose codes a person may use: everybody's, or those of these customers and plants."""
    everything = actor is None or access_of(actor).sees_all
    return {
        "everything": everything,
        "customers": [] if everything else list(Customer.objects.visible_to(actor).order_by("pk").values_list("pk", flat=True)),
        "plants": [] if everything else list(Plant.objects.visible_to(actor).order_by("pk").values_list("pk", flat=True)),
    }


def make_codes(stated: Mapping[str, str], *, actor: Any) -> None:
    """Make the table of the codes that are stated and that this person may use: in these columns of these tables, by their source."""
    values = {"own": KAM} | codes_of(actor)
    parts = []
    for kind, (model, own, condition) in KINDS.items():
        values[f"type_{kind}"] = ContentType.objects.get_for_model(model).pk
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
        asked = " UNION ALL ".join(
            STATED.format(kind=NAMED[column], column=column, table=table) for column, table in stated.items()
        )
        cursor.execute(MAKE.format(table=CODES, code=plain("code"), stated=asked, found=" UNION ALL ".join(parts)), values)
        cursor.execute(f"ANALYZE {CODES}")
