"""Discounts on the list in price campaigns: left alone unless the campaign asks for them, changed by what is paid, never used up."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from kam.core import clock
from kam.core.workflow import Denied
from orders.actions import agree_campaign_customer, edit_campaign, edit_campaign_customer, revise_agreement
from orders.documents import campaign_letter
from orders.models import CampaignCustomer, PriceAgreement
from orders.reports.campaigns import changes_of, computation_of
from tests.factories.campaigns import campaigned, only_row
from tests.factories.catalog import ProductFactory
from tests.factories.prices import agreement, line
from tests.matrix import Matrix
from tests.world import api_client, browser


def asked(matrix: Matrix, rate: str = "5", **values: Any) -> CampaignCustomer:
    """The one customer of an approved campaign whose letter is out."""
    people = {"by": matrix.account_manager, "approver": matrix.sales_manager}
    return only_row(campaigned(matrix.italy, status="asked", percentage=Decimal(rate), **people, **values))


def test_a_discount_follows_the_list_unless_the_campaign_asks_for_it(matrix: Matrix) -> None:
    product, family = ProductFactory(), ProductFactory().family
    agreement(line(product, 10), line(None, None, family=family, discount=Decimal(20)), customer=matrix.acme_it)
    made = campaigned(matrix.italy, by=matrix.account_manager, percentage=Decimal(5))
    assert [one.before for one in changes_of(only_row(made), only_row(made).lines.for_list())] == [10]
    assert len(computation_of(made, made.percentage)) == 1
    edit_campaign(made, actor=matrix.account_manager, discounts=True)
    made.refresh_from_db()
    changes = changes_of(only_row(made), only_row(made).lines.for_list().order_by("pk"))
    assert [(one.after, one.discount_before, one.discount_after) for one in changes] == [
        (Decimal("10.50"), None, None),
        (None, 20, Decimal("16.00")),
    ], "80 % of the list and five per cent more are 84 %"
    assert len(computation_of(made, made.percentage)) == 2


def test_what_is_agreed_becomes_the_new_discount(matrix: Matrix) -> None:
    family = ProductFactory().family
    before = agreement(line(None, None, family=family, discount=Decimal("12.50")), customer=matrix.acme_it)
    row = asked(matrix, "4", discounts=True)
    letter = campaign_letter(str(row.pk), actor=matrix.account_manager)
    assert [(one["before"], one["after"]) for one in letter.data["lines"]] == [("List −12.50\u202f%", "List −9.00\u202f%")]
    page = browser(matrix.account_manager).get(row.get_absolute_url()).content.decode()
    assert "9.00" in page or "9,00" in page
    prices = api_client(matrix.account_manager).get(f"/api/v1/campaign-customers/{row.pk}/prices/").json()["results"]
    assert [(one["discount_before"], one["discount_after"]) for one in prices] == [("12.50", "9.00")]
    agree_campaign_customer(row, actor=matrix.account_manager, agreed=Decimal(2))
    made = PriceAgreement.objects.get(campaign_lines__row=row)
    assert (made.replaces, made.lines.get().discount) == (before, Decimal("10.75"))


def test_a_discount_is_never_used_up(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    family = ProductFactory().family
    before = agreement(line(None, None, family=family, discount=Decimal(5)), customer=matrix.acme_it)
    for rate in ("6", "5.27"):
        with nothing_changed(), pytest.raises(Denied) as refused:
            campaigned(matrix.italy, by=matrix.account_manager, percentage=Decimal(rate), discounts=True)
        assert (refused.value.code, refused.value.field) == ("discount_used_up", "percentage")
        assert before.number in str(refused.value) and str(family) in str(refused.value)
    made = campaigned(matrix.italy, by=matrix.account_manager, percentage=Decimal(5), discounts=True)
    with nothing_changed(), pytest.raises(Denied) as refused:
        edit_campaign_customer(only_row(made), actor=matrix.account_manager, asked=Decimal(6))
    assert (refused.value.code, refused.value.field) == ("discount_used_up", "asked")
    with nothing_changed(), pytest.raises(Denied) as refused:
        revise_agreement(before, actor=matrix.account_manager, first_day=date(2099, 1, 1), change=Decimal(6))
    assert refused.value.code == "discount_used_up"
    draft = revise_agreement(before, actor=matrix.account_manager, first_day=date(2099, 1, 1), change=Decimal(-10))
    assert draft.lines.get().discount == Decimal("14.50")
    assert draft.first_day is not None and draft.first_day > clock.today()
