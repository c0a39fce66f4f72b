"""What the benchmarks stand on: a database of companies, plants and visits made by a few statements, and who looks at them."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection

from accounts.models import Location, User
from kam.core.tokens import issue_token
from tests.factories.accounts import LocationFactory, UserFactory

COUNTRIES = ("IT", "DE", "US", "CN")
BARE_BACKEND = "django.contrib.auth.backends.ModelBackend"

# Twelve companies in each group, a tenth of the groups global accounts, the companies of a group in all four countries.
GROUPS = """
INSERT INTO accounts_customergroup (version, code, name, is_global_account, tier, website, profile)
SELECT 1, 'G-' || n, 'Gruppo ' || md5(n::text), n %% 10 = 0, 'B', '', '' FROM generate_series(1, %(groups)s) n
"""
CUSTOMERS = """
INSERT INTO accounts_customer (version, code, name, group_id, status, status_reason, vat_id, tax_code, country, address, postal_code,
    city, region, website, language, currency, payment_terms, incoterms, incoterms_place, incoterms_version, credit_limit, notes)
SELECT 1, 'C-' || n, initcap(substr(md5(n::text), 1, 9)) || ' Antriebstechnik ' || n,
    (SELECT min(id) FROM accounts_customergroup) + CASE WHEN n <= %(groups)s * 12 THEN (n - 1) / 12 END,
    CASE WHEN n %% 10 < 7 THEN 'active' WHEN n %% 10 < 9 THEN 'prospect' ELSE 'closed' END,
    '', '', '', (ARRAY['IT', 'DE', 'US', 'CN'])[1 + n %% 4], 'Via Roma ' || n, lpad((n %% 99999)::text, 5, '0'),
    'Città ' || n %% 900, 'BO', 'https://example.com/' || n, 'en', 'EUR', 'Z030', 'DAP', 'Works', '2020', 10000 + n, 'Note ' || n
FROM generate_series(1, %(companies)s) n
"""
PLANTS = """
INSERT INTO accounts_plant (version, customer_id, code, name, status, products_made, country, address, postal_code, city, region, phone,
    unloading_point, packaging)
SELECT 1, c.id, 'P-' || c.id || '-' || n, c.city || ' ' || n, 'open', 'Gearboxes', c.country, c.address, c.postal_code, c.city,
    c.region, '+39 051', 'Gate ' || n, '' FROM accounts_customer c, generate_series(1, CASE WHEN c.id %% 5 = 0 THEN 2 ELSE 1 END) n
"""
SERVICES = """
INSERT INTO accounts_plantservice (version, plant_id, location_id, leads, period)
SELECT 1, p.id, l.id, true, daterange(NULL, NULL) FROM accounts_plant p JOIN accounts_location l ON l.code = p.country
"""
LEADERS = """
INSERT INTO accounts_assignment (version, kind, user_id, group_id, period)
SELECT 1, 'account_manager', (%(leaders)s::bigint[])[1 + (g.id - (SELECT min(id) FROM accounts_customergroup)) / %(each)s],
    g.id, daterange(NULL, NULL) FROM accounts_customergroup g
"""
VISITS = """
INSERT INTO accounts_activity (version, kind, subject, text, status, starts_at, owner_id, customer_id, place, signals, next_step,
    private, message_id)
SELECT 1, 'visit', 'Visit', '', 'done', now() - (c.id %% 200) * interval '1 day', %(owner)s, c.id, '', '{}', '', false, ''
FROM accounts_customer c WHERE c.id %% 2 = 0
"""


@dataclass(frozen=True)
class Person:
    """Somebody who looks: the key, the token, a session of the product and one of the bare twin, and how many companies are theirs."""

    user: User
    token: str
    session: str
    bare_session: str
    bare_scope: str


def build(companies: int, *, groups_each: int = 25) -> dict[str, Person]:
    """Make the companies and the three people: of a few hundred companies, of a location with a quarter of all plants, of all.

    Each account manager leads as many groups as `groups_each` says.
    """
    groups = companies // 20
    locations: dict[str, Location] = {country: LocationFactory(country=country) for country in COUNTRIES}
    manager = UserFactory(email="account.manager@kam.example", role="account_manager")
    others = [UserFactory(role="account_manager") for _number in range(groups // groups_each)]
    area = UserFactory(email="area.manager@kam.example", role="area_manager", role__location=locations["DE"])
    sales = UserFactory(email="sales.manager@kam.example", role="sales_manager")
    values = {
        "companies": companies,
        "groups": groups,
        "each": groups_each,
        "leaders": [user.pk for user in (manager, *others)],
        "owner": sales.pk,
    }
    with connection.cursor() as cursor:
        for statement in (GROUPS, CUSTOMERS, PLANTS, SERVICES, LEADERS, VISITS):
            cursor.execute(statement, values)
        cursor.execute("VACUUM ANALYZE")
    scopes = {
        "account manager": (manager, f"leader={manager.pk}"),
        "area manager": (area, f"location={locations['DE'].pk}"),
        "sales manager": (sales, ""),
    }
    return {name: _person(user, scope) for name, (user, scope) in scopes.items()}


def _person(user: User, scope: str) -> Person:
    token = issue_token(user, name="bench")
    product, bare = settings.AUTHENTICATION_BACKENDS[-1], BARE_BACKEND
    return Person(user, token, _session(user, product), _session(user, bare), scope)


def _session(user: Any, backend: str) -> str:
    """A session as a log-in leaves it."""
    session = SessionStore()
    session[SESSION_KEY], session[BACKEND_SESSION_KEY] = str(user.pk), backend
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return str(session.session_key)
