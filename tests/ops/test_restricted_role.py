"""The role that KAM works as where another one owns the tables: KAM works as before, and history stays whatever is tried."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pghistory
import psycopg
import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.test import Client, override_settings
from psycopg import errors, sql
from rest_framework.test import APIClient

from accounts.models import Contact
from kam.core.access_log import AccessLog
from kam.core.restricted import let_in
from kam.launch.postgres import drop_database
from orders.models import SalesDocument, SalesLine, SalesTotal
from orders.reports.check import mismatches
from tests import databases
from tests.factories.catalog import ProductFactory, StandardCostFactory
from tests.factories.orders import record, stated
from tests.matrix import Matrix, build
from tests.workers import database_url

ROLE = "kam_restricted_in_tests"
PASSWORD = secrets.token_urlsafe()
HISTORY = sorted(
    model._meta.db_table for model in apps.get_models() if issubclass(model, pghistory.models.Event) and model._meta.managed
)


@contextmanager
def as_role(role: str, password: str) -> Iterator[None]:
    """Django works as this role until the block ends."""
    usual = connection.settings_dict["USER"], connection.settings_dict["PASSWORD"]
    connection.close()
    connection.settings_dict["USER"], connection.settings_dict["PASSWORD"] = role, password
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["USER"], connection.settings_dict["PASSWORD"] = usual


@pytest.fixture(scope="module")
def let_in_database(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """A database of this module's own with the small matrix; its owner lets the role in. Answers the role's address."""
    usual = connection.settings_dict["NAME"]
    with django_db_blocker.unblock():
        databases.make(f"{usual}_restricted", reuse=False)
        address = database_url().replace(f"{connection.settings_dict['USER']}:", f"{ROLE}:", 1)
        address = address.replace(connection.settings_dict["PASSWORD"], PASSWORD, 1)
        with override_settings(RESTRICTED_ROLE=address):
            let_in()
            let_in()
        yield address
        databases.use(usual)
        with databases.server() as maintenance:
            drop_database(f"{usual}_restricted", maintenance)
            maintenance.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(ROLE)))


@pytest.fixture
def restricted(let_in_database: str, django_db_blocker: Any, settings: Any) -> Iterator[Matrix]:
    """The matrix, and KAM working as the role."""
    settings.RESTRICTED_ROLE = ""
    with django_db_blocker.unblock():
        built = build()
        with as_role(ROLE, PASSWORD):
            yield built


@pytest.fixture
def typed(let_in_database: str) -> Iterator[psycopg.Connection]:
    """SQL typed by hand as the role, every statement for itself."""
    with psycopg.connect(let_in_database, autocommit=True) as direct:
        yield direct


def refused(typed: psycopg.Connection, statement: str) -> bool:
    """Whether the database does not let the role do this, also when it asks the triggers to stand aside."""
    typed.execute("SELECT set_config('pgtrigger.ignore', '{*:*}', false)")
    with pytest.raises(errors.InsufficientPrivilege):
        typed.execute(statement)  # type: ignore[call-overload]
    return True


def test_no_row_of_the_history_is_changed_deleted_or_emptied(typed: psycopg.Connection) -> None:
    assert len(HISTORY) > 30
    for table in [*HISTORY, AccessLog._meta.db_table]:
        key = "pgh_id" if table in HISTORY else "id"
        assert refused(typed, f"UPDATE {table} SET {key} = {key}"), table
        assert refused(typed, f"DELETE FROM {table}"), table
        assert refused(typed, f"TRUNCATE {table} CASCADE"), table
        assert typed.execute(f"SELECT count(*) FROM {table}").fetchone() is not None
    for table in (SalesDocument._meta.db_table, SalesLine._meta.db_table):
        assert refused(typed, f"DELETE FROM {table}")
    assert refused(typed, f"UPDATE {SalesLine._meta.db_table} SET net = 0")


def test_only_columns_that_name_people_can_be_written_over(typed: psycopg.Connection) -> None:
    held = "SELECT table_name, column_name FROM information_schema.column_privileges WHERE grantee = %s AND privilege_type = 'UPDATE'"
    found: dict[str, set[str]] = {}
    for table, column in typed.execute(held, [ROLE]):
        if table in HISTORY:
            found.setdefault(table, set()).add(column)
    assert set(found) == {
        "accounts_activityevent", "accounts_contactevent", "accounts_promiseevent", "budgets_salesmeetingevent",
        "complaints_repairestimateevent", "core_commentevent", "core_documentevent", "core_linkevent", "core_workitemevent",
        "orders_pricepaperevent",
    }  # fmt: skip
    assert found["core_commentevent"] == {"text"}
    assert not any(column.startswith("pgh_") or column in {"id", "version"} for columns in found.values() for column in columns)


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE accounts_customerevent DISABLE TRIGGER ALL",
        "ALTER TABLE accounts_customer DISABLE TRIGGER USER",
        "ALTER TABLE accounts_customerevent ADD COLUMN x integer",
        "DROP TABLE accounts_customerevent",
        "TRUNCATE accounts_customer CASCADE",
        "CREATE TABLE mine (x integer)",
        "CREATE FUNCTION mine() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
        "SET session_replication_role = replica",
        "SET ROLE kam",
        "CREATE ROLE other",
        "UPDATE django_migrations SET name = 'x'",
    ],
)
def test_nothing_that_would_get_round_it_is_the_role_s(typed: psycopg.Connection, statement: str) -> None:
    typed.execute("GRANT ALL ON accounts_customerevent TO CURRENT_USER")  # says that it gave nothing
    assert refused(typed, statement)
    assert refused(typed, "DELETE FROM accounts_customerevent")


def test_kam_works_as_the_role(restricted: Matrix, tmp_path: Path) -> None:
    browser, program = Client(), APIClient()
    browser.force_login(restricted.account_manager, backend="allauth.account.auth_backends.AuthenticationBackend")
    program.force_authenticate(restricted.account_manager)
    made = program.post("/api/v1/customers/", {"name": "Delta", "country": "US", "city": "Dover"}, format="json")
    assert made.status_code == 201, made.json()
    address = f"/api/v1/customers/{made.json()['id']}/"
    changed = program.patch(address, {"city": "Troy"}, format="json", headers={"If-Match": made["ETag"]})
    assert changed.status_code == 200, changed.json()
    person = {"customer": restricted.acme_it.pk, "last_name": "Vercingetorix", "email": "v@acme.example"}
    contact = program.post("/api/v1/contacts/", person, format="json")
    assert contact.status_code == 201, contact.json()
    said = {"kind": "call", "subject": "Vercingetorix v@acme.example", "customer": restricted.acme_it.pk}
    assert program.post("/api/v1/activities/", said, format="json").status_code == 201
    for page in ("/", "/customers/", f"/customers/{made.json()['id']}/", "/sales/", "/search/?q=delta", "/activities/"):
        assert browser.get(page).status_code == 200, page
    product = ProductFactory(producing_location=restricted.italy)
    StandardCostFactory(product=product)
    sale = stated(customer=restricted.acme_it.code, product=product.code, selling_location=restricted.italy.code)
    assert record(sale) is not None and record(sale | {"net": Decimal(120)}) is not None
    assert sorted(SalesLine.objects.values_list("net", flat=True)) == [100, 120]
    assert SalesTotal.objects.count() == 1 and mismatches() == []
    program.force_authenticate(restricted.sales_manager)
    erased = program.post(f"/api/v1/contacts/{contact.json()['id']}/erase/", {"reason": "Asked on 3 May"}, format="json")
    assert erased.status_code == 200, erased.json()
    for model in (Contact, apps.get_model("accounts", "ContactEvent"), apps.get_model("accounts", "ActivityEvent")):
        kept = " ".join(str(row) for row in model.objects.values_list())
        assert "v@acme.example" not in kept, model
    history = apps.get_model("accounts", "CustomerEvent").objects.filter(pgh_obj_id=made.json()["id"])
    assert list(history.order_by("pgh_id").values_list("city", flat=True)) == ["Dover", "Troy"]
    call_command("backup", str(tmp_path / "kam.backup"))
    assert (tmp_path / "kam.backup").stat().st_size > 10_000
