"""Payment terms: when an invoice is due, the Italian ways included, in instalments that add up; who records them; where they are named."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.actions.payment_term import create_payment_term, edit_payment_term
from accounts.models import PaymentTerm
from kam.core.tokens import issue_token
from kam.core.workflow import Denied
from tests.matrix import Matrix
from tests.pages import client_for, words


def term(matrix: Matrix, code: str, *days: int, **values: Any) -> PaymentTerm:
    """A term as finance records it."""
    names = {"name_en": f"Term {code}", "name_it": f"Termine {code}"}
    made: PaymentTerm = create_payment_term(PaymentTerm, actor=matrix.finance_it, code=code, days=list(days), **names | values)
    return made


def due(matrix: Matrix, made: PaymentTerm, day: str, **more: str) -> list[Any]:
    """What the endpoint says of an invoice."""
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {issue_token(matrix.account_manager, name='terms')}")
    answer = client.get(f"/api/v1/payment-terms/{made.pk}/due/", {"day": day} | more)
    assert answer.status_code == 200, answer.json()
    return [(one["day"], one["amount"]) if more else one["day"] for one in answer.json()["instalments"]]


@pytest.mark.acceptance("AT-38")
def test_days_end_of_month_and_days_beyond_it(matrix: Matrix) -> None:
    plain, dffm = term(matrix, "Z060", 60), term(matrix, "Z06F", 60, month_end="after")
    beyond = term(matrix, "Z06T", 60, month_end="after", extra_days=10)
    first = term(matrix, "FM60", 60, month_end="before")
    told = [due(matrix, one, "2026-01-15") for one in (plain, dffm, beyond, first)]
    assert told == [["2026-03-16"], ["2026-03-31"], ["2026-04-10"], ["2026-04-01"]]
    calendar = term(matrix, "Z03F", 30, month_end="after")
    commercial = term(matrix, "C03F", 30, month_end="after", commercial=True)
    assert due(matrix, calendar, "2026-01-31") == ["2026-03-31"]
    assert due(matrix, commercial, "2026-01-31") == ["2026-02-28"]
    assert due(matrix, term(matrix, "C045", 45, commercial=True), "2026-01-31") == ["2026-03-15"]
    edit_payment_term(plain, actor=matrix.finance_it, days=[90])
    assert due(matrix, plain, "2026-01-15") == ["2026-04-15"]


def test_instalments_add_up(matrix: Matrix) -> None:
    made = term(matrix, "Z369", 30, 60, 90, month_end="after")
    assert due(matrix, made, "2026-01-15", amount="100.00") == [
        ("2026-02-28", "33.34"), ("2026-03-31", "33.33"), ("2026-04-30", "33.33"),
    ]  # fmt: skip
    assert made.due_days(date(2026, 11, 30)) == [date(2026, 12, 31), date(2027, 1, 31), date(2027, 2, 28)]


def test_a_term_that_cannot_be_is_refused(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    made = term(matrix, "Z030", 30)
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"code": "z030", "days": [30]}, "code"),
        ({"code": "Z1", "days": []}, "days"),
        ({"code": "Z1", "days": [60, 30]}, "days"),
        ({"code": "Z1", "days": [721]}, "days"),
        ({"code": "Z1", "days": [30], "extra_days": 10}, "extra_days"),
        ({"code": "Z1", "days": [30], "month_end": "sometimes"}, "month_end"),
    ]
    with nothing_changed():
        for values, field in wrong:
            with pytest.raises(Denied) as refused:
                create_payment_term(PaymentTerm, actor=matrix.finance_it, name_en="Wrong", **values)
            assert refused.value.field == field
        with pytest.raises(Denied):
            edit_payment_term(made, actor=matrix.finance_it, days=[])


def test_customers_and_agreements_say_what_their_code_means(matrix: Matrix) -> None:
    term(matrix, "Z030", 30, month_end="after", name_it="30 gg d.f.f.m.")
    matrix.account_manager.language = "it"
    matrix.account_manager.save()
    page = client_for(matrix.account_manager)
    assert "Z030 30 gg d.f.f.m." in words(page.get(f"/customers/{matrix.acme_it.pk}/"))
    assert client_for(matrix.account_manager).get("/payment-terms/new/").status_code == 403
    made = client_for(matrix.finance_it).post(
        "/payment-terms/new/",
        {"code": "Z369", "name_en": "30/60/90 end of month", "days": "30, 60, 90", "month_end": "after", "extra_days": "0"},
    )
    assert made.status_code in {204, 302}, words(made)
    assert PaymentTerm.objects.get(code="Z369").days == [30, 60, 90]
    assert "30/60/90" in words(page.get("/payment-terms/"))
