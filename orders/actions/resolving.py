"""From what a source states to what the ledger would keep: codes, rates, costs and managers of the day, for all rows at once, in SQL.

What many rows share is looked up once: the places (customer, plant, location, day, currency, people) and the articles.
"""

import hashlib
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext_lazy as _

from accounts.models import Location, Plant, access_of
from catalog.models import Unit
from kam.core import clock
from kam.core.money import currency_codes
from kam.core.parameters import define, parameter
from orders.actions.codes import CODES, codes_of, make_codes, plain
from orders.models import LineKind
from orders.models.documents import SalesHeader
from orders.models.kinds import MAY_LOWER, OF_A_PRODUCT

CLEAN, NAMED, HELD = "sales_clean", "sales_named", "sales_held"
ASKED_PLACES, ASKED_ARTICLES, RATES, PLACES, ARTICLES = (
    *("sales_asked_places", "sales_asked_articles"),
    *("sales_rates", "sales_places", "sales_articles"),
)

define("orders.rate_age", default=35, unit="cd", label=_("For how many days an exchange rate of the day holds for sales"))
define(
    "orders.largest_amount",
    default=Decimal(50_000_000),
    label=_("Amount of one sales line, in the currency of the group, above which it is taken for a mistake"),
)
define("orders.transfer_markup", default=Decimal(10), unit="%", label=_("What a location that sells pays above standard cost"))

#: What sources call our units.
UNITS = {
    Unit.PIECE: ("pcs", "pc", "pce", "ea", "st", "stk", "pz", "nr", "h87", "c62", "unit"),
    Unit.SET: ("set", "kit"),
    Unit.PAIR: ("pair", "pr", "paa", "npr"),
    Unit.KILOGRAM: ("kg", "kgm"),
    Unit.METRE: ("m", "mtr"),
    Unit.LITRE: ("l", "ltr", "lt"),
    Unit.PACK: ("pack", "pak", "pk"),
    Unit.BOX: ("box", "bx", "kar", "car"),
    Unit.PALLET: ("pallet", "pal", "pf"),
}

HEADER_COLUMNS = ("kind", "date", "customer_id", "selling_location_id", "currency", "rate", "total")
VERSION = "record.xmin, record.ctid"
#: Every table that is looked into, and what tells the versions of its rows apart; a log-in changes nothing of a person here.
LOOKED_UP = {
    "accounts_assignment": VERSION,
    "accounts_customer": VERSION,
    "accounts_groupmembership": VERSION,
    "accounts_location": VERSION,
    "accounts_market": VERSION,
    "accounts_plant": VERSION,
    "accounts_plantownership": VERSION,
    "accounts_user": "record.id, record.email",
    "catalog_product": VERSION,
    "catalog_productunit": VERSION,
    "catalog_standardcost": VERSION,
    "core_exchangerate": VERSION,
    "core_externalcode": VERSION,
    "orders_invoicesource": VERSION,
    "orders_salesbatch": VERSION,
}
# A day is looked at for articles only where one of their codes stands for another record from some day on. Else it is left out.
DATED = f"SELECT EXISTS (SELECT FROM {CODES} WHERE NOT alone AND kind IN ('product', 'location'))"
EVERY_DAY = {"asked_articles": f"SELECT stated.*, date '0001-01-01' AS day FROM {ASKED_ARTICLES} AS stated", "of_the_day": ""}
DAY_BY_DAY = {
    "asked_articles": f"SELECT DISTINCT article_key, source, day, product, producing_location, unit FROM {CLEAN}",
    "of_the_day": "AND article.day = clean.day",
}
UNNUMBERED = "SELECT EXISTS (SELECT FROM {staged} WHERE coalesce(btrim(line), '') = '')"
#: The number of a line; one that states none gets its place in the document.
STATED_NUMBER = "btrim(line)"
GIVEN_NUMBER = f"coalesce(nullif({STATED_NUMBER}, ''), 'row ' || row_number() OVER (PARTITION BY system, document ORDER BY row))"
# A cell without a value is an empty text. What is looked up once for many rows is found by one key, whose selectivity the
# planner knows. (OFFSET 0, here and below: what a query computes for the next one is not computed wherever that one names it.)
MAKE_CLEAN = f"""
CREATE TEMPORARY TABLE {CLEAN} ON COMMIT DROP AS
SELECT stated.*, concat_ws(E'\\x1f', source, day, customer, plant, selling_location, currency, account_manager, sector) AS place_key,
    concat_ws(E'\\x1f', source, product, producing_location, unit) AS article_key
FROM (
SELECT row, coalesce(nullif(btrim(system), ''), %(system)s) AS source, coalesce(btrim(document), '') AS document_number,
    {{number}} AS line_number,
    coalesce(nullif(lower(btrim(document_kind)), ''), 'invoice') AS header_kind, date, coalesce(date, '0001-01-01') AS day,
    coalesce(btrim(customer), '') AS customer, coalesce(btrim(plant), '') AS plant,
    coalesce(btrim(selling_location), '') AS selling_location, coalesce(btrim(producing_location), '') AS producing_location,
    coalesce(btrim(account_manager), '') AS account_manager, coalesce(btrim(sector), '') AS sector,
    coalesce(nullif(upper(btrim(currency)), ''), %(base)s) AS currency, round(rate, 8) AS rate, round(total, 6) AS total,
    coalesce(nullif(lower(btrim(kind)), ''), 'goods') AS kind, coalesce(intercompany, false) AS is_intercompany,
    coalesce(btrim(product), '') AS product, coalesce(lower(btrim(unit)), '') AS unit, coalesce(quantity, 0) AS quantity,
    coalesce(net, round(quantity * unit_price / coalesce(nullif(price_unit, 0), 1) * (1 - coalesce(discount, 0)), 6)) AS net,
    cost, unit_cost, transfer_price
FROM {{staged}} OFFSET 0
) AS stated
"""
# The documents, each by its first row, with the header that holds; and the lines of theirs that hold. Nothing is looked for
# of documents that are new: not in a ledger of millions, nor in one that is just being filled. They have their keys before they
# are written, as the run has: so what goes into the ledger is known whole.
MAKE_NAMED = f"""
CREATE TEMPORARY TABLE {NAMED} ON COMMIT DROP AS
SELECT stated.*, document.id AS document_id,
    coalesce(document.id, nextval((SELECT pg_get_serial_sequence('orders_salesdocument', 'id'))::regclass)) AS document_key, header.id AS header_id, header.version AS header_version,
    {", ".join(f"header.{name} AS header_{name}" for name in HEADER_COLUMNS)}
FROM (SELECT source, document_number, min(row) AS document_row FROM {CLEAN} GROUP BY source, document_number) AS stated
LEFT JOIN orders_salesdocument AS document ON document.system = stated.source AND document.number = stated.document_number
LEFT JOIN orders_salesheader AS header ON header.document_id = document.id AND header.ended_by_id IS NULL
"""
MAKE_HELD = f"""
CREATE TEMPORARY TABLE {HELD} ON COMMIT DROP AS
SELECT held.* FROM (SELECT document_id FROM {NAMED} WHERE document_id IS NOT NULL) AS named
JOIN orders_salesline AS held ON held.document_id = named.document_id AND held.ended_by_id IS NULL
"""
MAKE_ASKED_PLACES = f"""
CREATE TEMPORARY TABLE {ASKED_PLACES} ON COMMIT DROP AS
SELECT DISTINCT place_key, source, date, day, customer, plant, selling_location, currency, account_manager, sector FROM {CLEAN}
"""
MAKE_ASKED_ARTICLES = f"""
CREATE TEMPORARY TABLE {ASKED_ARTICLES} ON COMMIT DROP AS
SELECT DISTINCT article_key, source, product, producing_location, unit FROM {CLEAN}
"""
MAKE_RATES = f"""
CREATE TEMPORARY TABLE {RATES} ON COMMIT DROP AS
SELECT asked.currency, asked.day, CASE WHEN asked.currency = %(base)s THEN 1 ELSE coalesce(
    (SELECT rate FROM core_exchangerate WHERE from_currency = asked.currency AND to_currency = %(base)s AND kind = 'spot'
        AND date <= asked.day AND date > asked.day - %(rate_age)s ORDER BY date DESC LIMIT 1),
    (SELECT round(1 / rate, 8) FROM core_exchangerate WHERE from_currency = %(base)s AND to_currency = asked.currency AND kind = 'spot'
        AND date <= asked.day AND date > asked.day - %(rate_age)s ORDER BY date DESC LIMIT 1),
    (SELECT rate FROM core_exchangerate WHERE from_currency = asked.currency AND to_currency = %(base)s AND kind = 'month_average'
        AND date = date_trunc('month', asked.day)),
    (SELECT round(1 / rate, 8) FROM core_exchangerate WHERE from_currency = %(base)s AND to_currency = asked.currency
        AND kind = 'month_average' AND date = date_trunc('month', asked.day))
) END AS rate
FROM (
    SELECT currency.code AS currency, day.date AS day FROM (SELECT DISTINCT date FROM {ASKED_PLACES} WHERE date IS NOT NULL) AS day,
    (SELECT DISTINCT currency AS code FROM {ASKED_PLACES}
        UNION SELECT DISTINCT currency FROM catalog_standardcost) AS currency
) AS asked
"""
# The company to which the plant belonged on the day, its group of that day, and who was account manager: of the company, else of the group.
MAKE_PLACES = f"""
CREATE TEMPORARY TABLE {PLACES} ON COMMIT DROP AS
WITH asked AS (
    SELECT stated.*, {plain("customer")} AS customer_code, {plain("plant")} AS plant_code,
        {plain("selling_location")} AS location_code, {plain("account_manager")} AS person_code
    FROM {ASKED_PLACES} AS stated
), homes AS (
    SELECT DISTINCT ON (customer_id) customer_id, id FROM accounts_plant ORDER BY customer_id, status DESC, id
), declared AS (
    SELECT system, min(location_id) AS location_id FROM orders_invoicesource GROUP BY system HAVING count(DISTINCT location_id) = 1
), only_one AS (
    SELECT min(id) AS id FROM accounts_location HAVING count(*) = 1
), areas AS (
    SELECT DISTINCT ON (country) country, market.id FROM accounts_market AS market, regexp_split_to_table(market.countries, '\\s+') AS country
    WHERE market.dimension = 'area' AND country <> '' ORDER BY country, market.code
), born AS (
    SELECT plant_id, CASE WHEN bool_or(lower(period) IS NULL) THEN NULL ELSE min(lower(period)) END AS day
    FROM accounts_plantownership GROUP BY plant_id
), found AS (
    SELECT asked.*, coalesce(buyer.id, site.customer_id) AS customer_id, site.id AS plant_id, site.country, site.customer_id AS owner_id,
        coalesce(seller.id, declared.location_id, only_one.id) AS selling_id, person.id AS stated_manager_id, market.id AS stated_sector_id
    FROM asked
    LEFT JOIN {CODES} AS buyer ON buyer.kind = 'customer' AND buyer.system = source AND buyer.code = asked.customer_code
        AND (buyer.alone OR buyer.period @> asked.date)
    LEFT JOIN {CODES} AS works ON works.kind = 'plant' AND works.system = source AND works.code = asked.plant_code
        AND (works.alone OR works.period @> asked.date)
    LEFT JOIN homes ON homes.customer_id = buyer.id AND asked.plant = ''
    LEFT JOIN accounts_plant AS site ON site.id = coalesce(works.id, homes.id)
    LEFT JOIN {CODES} AS seller ON seller.kind = 'location' AND seller.system = source AND seller.code = asked.location_code
        AND (seller.alone OR seller.period @> asked.date)
    LEFT JOIN declared ON declared.system = source AND asked.selling_location = ''
    LEFT JOIN only_one ON asked.selling_location = ''
    LEFT JOIN {CODES} AS person ON person.kind = 'person' AND person.system = source AND person.code = asked.person_code
        AND (person.alone OR person.period @> asked.date)
    LEFT JOIN accounts_market AS market ON market.dimension = 'sector' AND upper(market.code) = upper(asked.sector)
)
SELECT DISTINCT ON (place_key) found.*, count(*) OVER (PARTITION BY place_key) > 1 AS ambiguous,
    coalesce(stated_manager_id, own.user_id, of_group.user_id) AS account_manager_id, coalesce(stated_sector_id, company.sector_id) AS sector_id,
    areas.id AS area_id, born.day AS born, of_day.rate AS rate_of_day, source_of.system AS declared_system
FROM found
LEFT JOIN born ON born.plant_id = found.plant_id
LEFT JOIN areas ON areas.country = found.country
LEFT JOIN accounts_plantownership AS owned ON owned.plant_id = found.plant_id AND owned.period @> found.date
LEFT JOIN accounts_customer AS company ON company.id = coalesce(owned.customer_id, found.owner_id)
LEFT JOIN accounts_assignment AS own ON own.customer_id = company.id AND own.kind = 'account_manager' AND own.period @> found.date
LEFT JOIN accounts_groupmembership AS member ON member.customer_id = company.id AND member.period @> found.date
LEFT JOIN accounts_assignment AS of_group ON of_group.group_id = member.group_id AND of_group.period @> found.date
LEFT JOIN {RATES} AS of_day ON of_day.currency = found.currency AND of_day.day = found.date
LEFT JOIN orders_invoicesource AS source_of ON source_of.location_id = found.selling_id AND source_of.period @> found.date
"""
MAKE_ARTICLES = f"""
CREATE TEMPORARY TABLE {ARTICLES} ON COMMIT DROP AS
WITH asked AS ({{asked_articles}})
SELECT DISTINCT ON (article_key, day) asked.*, item.id AS product_id, coalesce(maker.id, item.producing_location_id) AS producing_id, maker.id AS stated_producing_id,
    count(*) OVER (PARTITION BY article_key, day) > 1 AS ambiguous,
    CASE WHEN asked.unit = '' THEN coalesce(item.base_unit, '') ELSE coalesce(measure.unit, '') END AS unit_code,
    CASE WHEN asked.unit = '' OR measure.unit = item.base_unit THEN 1 ELSE conversion.factor END AS factor
FROM asked
LEFT JOIN {CODES} AS article ON article.kind = 'product' AND article.system = source AND article.code = {plain("asked.product")}
    AND (article.alone OR article.period @> asked.day)
LEFT JOIN catalog_product AS item ON item.id = article.id
LEFT JOIN {CODES} AS maker ON maker.kind = 'location' AND maker.system = source AND maker.code = {plain("asked.producing_location")}
    AND (maker.alone OR maker.period @> asked.day)
LEFT JOIN unnest(%(unit_names)s::text[], %(unit_codes)s::text[]) AS measure (name, unit) ON measure.name = asked.unit
LEFT JOIN catalog_productunit AS conversion ON conversion.product_id = item.id AND conversion.unit = measure.unit
"""
# One row a line, with everything that the ledger would keep; costs in the currency of the group.
RESOLVED = f"""
SELECT line.*, coalesce(transfer_price_in_group, CASE WHEN selling_id = producing_id THEN group_cost
        ELSE round(group_cost * (1 + coalesce(markup.percent, %(markup)s) / 100), 6) END) AS group_local_cost
FROM (
    SELECT clean.row, named.document_row, named.document_id, named.document_key, place.selling_id, clean.line_number, clean.source, clean.document_number, clean.header_kind, clean.date, clean.kind, clean.is_intercompany,
        clean.quantity, clean.net, clean.currency, clean.total, clean.rate, coalesce(clean.rate, place.rate_of_day) AS rate_used,
        place.customer_id, place.plant_id, place.account_manager_id, place.stated_manager_id IS NOT NULL AS manager_stated,
        place.sector_id, place.stated_sector_id IS NOT NULL AS sector_stated, place.area_id, place.born, place.declared_system,
        article.product_id, coalesce(article.producing_id, place.selling_id) AS producing_id, article.unit_code, article.factor,
        place.ambiguous OR article.ambiguous AS ambiguous, named.header_currency, named.header_date, named.header_rate, clean.rate IS NOT NULL AS rate_stated,
        clean.cost IS NOT NULL OR clean.unit_cost IS NOT NULL AS cost_stated, clean.transfer_price IS NOT NULL AS transfer_stated,
        clean.customer = '' AND clean.plant = '' AS nobody, clean.customer <> '' AND place.customer_id IS NULL AS customer_unknown,
        place.plant_id IS NULL AND (clean.plant <> '' OR place.customer_id IS NOT NULL) AS plant_unknown,
        clean.selling_location <> '' AND place.selling_id IS NULL AS selling_unknown,
        clean.producing_location <> '' AND article.stated_producing_id IS NULL AS producing_unknown,
        clean.product <> '' AND article.product_id IS NULL AS product_unknown,
        clean.account_manager <> '' AND place.stated_manager_id IS NULL AS manager_unknown,
        clean.sector <> '' AND place.stated_sector_id IS NULL AS sector_unknown, clean.unit <> '' AND article.unit_code = '' AS unit_unknown,
        round(clean.transfer_price * coalesce(clean.rate, place.rate_of_day), 6) AS transfer_price_in_group,
        CASE WHEN clean.cost IS NOT NULL THEN round(clean.cost * coalesce(clean.rate, place.rate_of_day), 6)
            WHEN clean.kind <> ALL(%(costed_kinds)s) THEN 0
            WHEN clean.unit_cost IS NOT NULL THEN round(clean.unit_cost * clean.quantity * coalesce(clean.rate, place.rate_of_day), 6)
            ELSE round((standard.material + standard.variable_conversion + standard.fixed) / standard.price_unit
                * clean.quantity * article.factor * of_cost.rate, 6)
        END AS group_cost
    FROM {CLEAN} AS clean
    JOIN {PLACES} AS place ON place.place_key = clean.place_key
    JOIN {ARTICLES} AS article ON article.article_key = clean.article_key {{of_the_day}}
    JOIN {NAMED} AS named ON named.document_number = clean.document_number AND named.source = clean.source
    LEFT JOIN catalog_standardcost AS standard ON standard.product_id = article.product_id
        AND standard.location_id = coalesce(article.producing_id, place.selling_id) AND standard.period @> clean.date
    LEFT JOIN {RATES} AS of_cost ON of_cost.currency = standard.currency AND of_cost.day = clean.date
    OFFSET 0
) AS line
LEFT JOIN unnest(%(markup_locations)s::bigint[], %(markups)s::numeric[]) AS markup (location_id, percent) ON markup.location_id = selling_id
OFFSET 0
"""

#: What is made one after the other before lines are resolved: what the rows state, and what is found of it.
STATED = {
    CLEAN: MAKE_CLEAN,
    NAMED: MAKE_NAMED,
    HELD: MAKE_HELD,
    ASKED_PLACES: MAKE_ASKED_PLACES,
    ASKED_ARTICLES: MAKE_ASKED_ARTICLES,
}
#: Of a wide table, the columns by which its rows are found; the planner needs to know no others.
LOOKED_AT = {CLEAN: "(source, document_number, place_key, article_key)", PLACES: "(place_key)", HELD: "(id, document_id, number)"}
FOUND = {RATES: MAKE_RATES, PLACES: MAKE_PLACES, ARTICLES: MAKE_ARTICLES}
STATED_CODES = {
    **dict.fromkeys(("customer", "plant", "selling_location", "account_manager"), ASKED_PLACES),
    **dict.fromkeys(("product", "producing_location"), ASKED_ARTICLES),
}


def _make(tables: dict[str, str], values: dict[str, Any], **words: str) -> None:
    """Make these temporary tables, one after the other."""
    with connection.cursor() as cursor:
        for table, statement in tables.items():
            cursor.execute(f"DROP TABLE IF EXISTS {table}")
            cursor.execute(statement.format(**words), values)
            cursor.execute(f"ANALYZE {table} {LOOKED_AT.get(table, '')}")


def look_up(staged: str, *, actor: Any, system: str = "") -> tuple[dict[str, Any], dict[str, str]]:
    """Look everything up that the staged rows name; what cannot be found stays empty and is told by `faults_of`.

    Answers with the values and the words that the further statements need. Only inside a transaction.
    """
    values = _values(actor, system)
    with connection.cursor() as cursor:
        cursor.execute(UNNUMBERED.format(staged=staged))
        number = GIVEN_NUMBER if cursor.fetchone()[0] else STATED_NUMBER
        _make(STATED, values, staged=staged, number=number)
        make_codes(STATED_CODES, actor=actor)
        cursor.execute(DATED)
        (dated,) = cursor.fetchone()
    words = DAY_BY_DAY if dated else EVERY_DAY
    _make(FOUND, values, **words)
    return values, words


def stands_on(actor: Any, *statements: str) -> str:
    """A text that changes with anything that these statements may find otherwise: a row that is looked up, a right, a parameter, the day.

    A change of the ledger is a run. A version of a row is told by who wrote it and where it lies, which no two have in common.
    """
    parts = " UNION ALL ".join(
        f"SELECT '{table}', count(*), sum(hash_record_extended(ROW({version}), 0)) FROM {table} AS record"
        for table, version in LOOKED_UP.items()
    )
    with connection.cursor() as cursor:
        cursor.execute(parts)
        seen = sorted(cursor.fetchall())
    said = repr((seen, sorted(_values(actor, "").items()), sorted(codes_of(actor).items()), statements))
    return hashlib.sha256(said.encode()).hexdigest()


def _values(actor: Any, system: str) -> dict[str, Any]:
    locations = list(Location.objects.values_list("pk", flat=True))
    scope = access_of(actor).scope("orders.record_sales") if actor is not None else None
    names = [(name, unit.value) for unit, names in UNITS.items() for name in names]
    return {
        "system": system,
        "base": settings.BASE_CURRENCY,
        "unit_names": [name for name, _unit in names],
        "unit_codes": [unit for _name, unit in names],
        "rate_age": parameter("orders.rate_age"),
        "markup": parameter("orders.transfer_markup"),
        "markup_locations": locations,
        "markups": [parameter("orders.transfer_markup", [f"location:{key}"]) for key in locations],
        "costed_kinds": [kind.value for kind in OF_A_PRODUCT],
        "lowering_kinds": [kind.value for kind in MAY_LOWER],
        "kinds": [kind.value for kind in LineKind],
        "header_kinds": [kind.value for kind in SalesHeader.Kind],
        "currencies": sorted(currency_codes()),
        "largest": parameter("orders.largest_amount"),
        "first_day": "1990-01-01",
        "last_day": clock.today() + timedelta(days=1),
        "everywhere": scope is None or scope.everything,
        "plants": list(Plant.objects.within(scope.led.plants).values_list("pk", flat=True)) if scope else [],
        "locations": list(scope.location_ids) if scope else [],
    }
