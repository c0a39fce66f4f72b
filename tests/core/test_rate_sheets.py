"""Exchange rates from a sheet: recorded once, corrected by the next one, refused at their cells."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import User
from kam.core import imports
from kam.core.imports import Import, confirm_import, undo_import, upload_import
from kam.core.money import ExchangeRate
from kam.core.workflow import Denied
from tests.core.test_staged_imports import quiet
from tests.factories.accounts import UserFactory
from tests.factories.files import named

pytestmark = [pytest.mark.django_db]
HEADER = "from_currency;to_currency;kind;date;rate;source\n"


@pytest.fixture
def finance(db: None) -> User:
    """Who keeps the rates."""
    return UserFactory(role="finance")


def previewed(person: User, *lines: str) -> Any:
    """The import of these lines after the worker has read it."""
    file = named((HEADER + "\n".join(lines) + "\n").encode(), "rates.csv")
    record = upload_import(Import, actor=person, kind="core.exchange_rates", file=file)
    imports.run_preview(record.job, quiet)
    record.refresh_from_db()
    return record


def applied(record: Any) -> Any:
    """The import after it was confirmed and carried out."""
    confirm_import(record, actor=record.actor)
    record.refresh_from_db()
    imports.run_apply(record.job, quiet)
    record.refresh_from_db()
    return record


def rates() -> dict[tuple[str, str, str, date], Decimal]:
    """Every rate by what it is of."""
    return {(one.from_currency, one.to_currency, one.kind, one.date): one.rate for one in ExchangeRate.objects.all()}


def test_rates_are_recorded_once_corrected_and_taken_back(finance: User) -> None:
    spot, average = "usd;EUR;spot;18/05/2026;0,92;ECB", "CNY;EUR;month_average;18/05/2026;0,12700001;ECB"
    applied(previewed(finance, spot, average))
    first = {
        ("USD", "EUR", "spot", date(2026, 5, 18)): Decimal("0.92"),
        ("CNY", "EUR", "month_average", date(2026, 5, 1)): Decimal("0.12700001"),
    }
    assert rates() == first
    same = previewed(finance, spot, average)
    assert same.counts["unchanged"] == 2 and not same.useful
    corrected = applied(previewed(finance, "USD;EUR;spot;2026-05-18;0,93;ECB", "USD;EUR;budget;2026-01-01;0,9;Board"))
    assert rates()["USD", "EUR", "spot", date(2026, 5, 18)] == Decimal("0.93") and len(rates()) == 3
    undo_import(corrected, actor=finance)
    corrected.refresh_from_db()
    imports.run_undo(corrected.job, quiet)
    assert rates() == first


def test_what_is_no_rate_is_told_at_its_cell_and_changes_nothing(finance: User, nothing_changed: Any) -> None:
    record = previewed(
        finance,
        "EUR;EUR;spot;2026-05-18;1;ECB",
        "XXY;EUR;spot;2026-05-18;1;ECB",
        "USD;EUR;spot;2026-05-18;0;ECB",
        "USD;EUR;spot;2026-05-19;1;ECB",
        "USD;EUR;spot;2026-05-19;2;ECB",
        "USD;EUR;someday;2026-05-19;2;ECB",
    )
    assert sorted((error["row"], error["column"]) for error in record.errors) == [
        (2, "To"),
        (3, "From"),
        (4, "rate"),
        (6, "date"),
        (7, "kind"),
    ]
    with nothing_changed(), pytest.raises(Denied):
        confirm_import(record, actor=finance)


def test_only_who_keeps_rates_imports_them(nothing_changed: Any) -> None:
    stranger = UserFactory(role="technical")
    with nothing_changed(), pytest.raises(Denied):
        upload_import(Import, actor=stranger, kind="core.exchange_rates", file=named(HEADER.encode(), "rates.csv"))
