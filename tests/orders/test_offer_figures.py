"""Figures of offers: the lead time without the waiting for the customer, hit rates, prices against the list; and whose they are."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from kam.core import clock
from kam.core.workflow import Denied
from orders.actions import (
    accept_offer,
    lose_offer,
    pause_offer,
    resume_offer,
    revise_offer,
    send_offer,
    submit_offer,
    withdraw_offer,
)
from orders.models import Offer
from orders.reports.offer_figures import figures_by, lead_days, together
from tests.factories.offers import offer_line, offered, priced_product
from tests.matrix import Matrix
from tests.world import api_client, browser

ROME = ZoneInfo("Europe/Rome")


def at(month: int, day: int) -> Any:
    """As on a day of 2026, at nine."""
    return clock.moment(datetime(2026, month, day, 9, tzinfo=ROME))


def to_acme(matrix: Matrix, status: str = "draft", price: Any = "22", product: Any = None, **head: Any) -> Offer:
    """An offer of a hundred pieces to ACME in Italy by Italy."""
    people = {"by": matrix.account_manager, "approver": matrix.sales_manager}
    line = offer_line(product or priced_product(), 100, price)
    return offered(matrix.acme_it_plant, matrix.italy, line, status=status, currency="EUR", **people, **head)


def sent(offer: Offer) -> Offer:
    """The same offer, approved and sent."""
    send_offer(offer, actor=None, sent_to="buyer@customer.example")
    offer.refresh_from_db()
    return offer


@pytest.mark.acceptance("AT-24")
def test_the_lead_time_leaves_out_the_waiting_for_the_customer(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    complete, gone, calendar = date(2026, 3, 2), date(2026, 3, 17), matrix.italy.calendar
    assert lead_days(complete, gone, [], calendar) == 11
    assert lead_days(complete, gone, [(date(2026, 3, 5), date(2026, 3, 10))], calendar) == 8
    with at(3, 2):
        offer = to_acme(matrix, "approved", enquiry_complete_on=complete)
    with at(3, 5):
        for values, field in (({"reason": " "}, "reason"), ({"reason": "Which bore?", "begins": date(2026, 3, 6)}, "begins")):
            with nothing_changed(), pytest.raises(Denied) as denied:
                pause_offer(offer, actor=matrix.account_manager, **values)
            assert denied.value.field == field
        with nothing_changed(), pytest.raises(Denied) as denied:
            resume_offer(offer, actor=matrix.account_manager)
        assert denied.value.code == "not_paused"
        pause_offer(offer, actor=matrix.account_manager, reason="Which bore?")
        with nothing_changed(), pytest.raises(Denied) as denied:
            pause_offer(offer, actor=matrix.account_manager, reason="Again")
        assert denied.value.code == "paused_already"
        with nothing_changed(), pytest.raises(Denied) as denied:
            resume_offer(offer, actor=matrix.account_manager, ends=date(2026, 3, 4))
        assert denied.value.field == "ends"
        with nothing_changed(), pytest.raises(Denied) as denied:
            pause_offer(offer, actor=matrix.account_manager2, reason="Not mine")
        assert denied.value.code == "not_permitted"
    with at(3, 10):
        resume_offer(offer, actor=matrix.account_manager)
    with at(3, 17):
        offer = sent(offer)
    assert (offer.lead_days, offer.lead_limit) == (8, 3)
    with nothing_changed(), pytest.raises(Denied) as denied:
        pause_offer(offer, actor=matrix.account_manager, reason="Too late")
    assert denied.value.code == "sent_already"


def test_a_pause_that_is_open_ends_with_the_sending_and_revisions_have_no_lead_time(matrix: Matrix) -> None:
    with at(3, 2):
        offer = to_acme(matrix, "approved", enquiry_complete_on=date(2026, 3, 2))
        without = to_acme(matrix, "approved")
    with at(3, 4):
        pause_offer(offer, actor=None, reason="Which bore?")
    with at(3, 6):
        offer, without = sent(offer), sent(without)
        assert offer.pauses.get().ends == date(2026, 3, 6)
        assert (offer.lead_days, without.lead_days) == (2, None), "without the day of the enquiry there is none"
        following = revise_offer(offer, actor=matrix.account_manager)
        submit_offer(following, actor=matrix.account_manager)
        following.refresh_from_db()
        if following.status == "approved":
            assert sent(following).lead_days is None


@pytest.mark.acceptance("AT-19")
def test_hit_rates_of_offers_set_apart_what_nobody_decided(matrix: Matrix) -> None:
    won, lost, apart = ["900.00"] * 14, ["1086.36"] * 21 + ["1086.44"], ["22.00"] * 4
    with at(3, 9):
        product = priced_product()
        for place, price in enumerate([*won, *lost, *apart]):
            offer = to_acme(matrix, "sent", price, product=product)
            if place < len(won):
                accept_offer(offer, actor=None)
            elif place < len(won) + len(lost):
                lose_offer(offer, actor=None, lost_reason="price")
            else:
                withdraw_offer(offer, actor=None, reason="No project any more")
    total = together(figures_by(Offer.objects.all(), "month", 2026))
    assert (total.won, total.lost, total.undecided) == (14, 22, 4)
    assert (total.won_value, total.lost_value) == (1_260_000, 2_390_000)
    assert (total.hit_rate, total.hit_rate_value) == (Decimal("38.89"), Decimal("34.52"))


def test_figures_by_month_person_and_against_the_list(matrix: Matrix) -> None:
    with at(3, 2):
        made = [to_acme(matrix, "sent", enquiry_complete_on=date(2026, 2, 24 + number)) for number in range(4)]
    with at(3, 9):
        accept_offer(made[0], actor=None)
        lose_offer(made[1], actor=None, lost_reason="price")
    rows = figures_by(Offer.objects.all(), "month", 2026)
    march = rows[2]
    assert (march.won, march.lost, march.sent, march.hit_rate) == (1, 1, 4, Decimal("50.00"))
    assert march.realisation == Decimal("88.00"), "22 instead of 25"
    assert (march.lead_time, march.in_time) == (Decimal("2.5"), Decimal("75.00")), "4, 3, 2 and 1 working days of 3"
    assert (rows[0].sent, rows[0].lead_time) == (0, None)
    empty = together(figures_by(Offer.objects.all(), "month", 2024))
    assert (empty.hit_rate, empty.hit_rate_value, empty.lead_time, empty.in_time, empty.realisation) == (None,) * 5, "n/a, not 0"
    by_person = figures_by(Offer.objects.all(), "person", 2026)
    assert [(one.key, one.won, one.sent) for one in by_person] == [(matrix.account_manager.pk, 1, 4)]


def test_screens_and_api_add_up_what_each_reader_sees(matrix: Matrix) -> None:
    with at(3, 2):
        offer = to_acme(matrix, "sent", enquiry_complete_on=date(2026, 2, 27))
    for user, count in ((matrix.account_manager, 1), (matrix.sales_manager, 1), (matrix.account_manager2, 0), (matrix.nobody, 0)):
        answer = api_client(user).get("/api/v1/offers/figures/", {"by": "location", "year": 2026}).json()
        assert answer["total"]["sent"] == count
    page = browser(matrix.account_manager).get("/offers/figures/", {"by": "person", "year": "2026"}).content.decode()
    assert "k-strip" in page and str(matrix.account_manager) in page
    shown = browser(matrix.account_manager).get(
        "/offers/", {"timed": "true", "sent_after": "2026-03-01", "sent_before": "2026-03-31"}
    )
    assert offer.name in shown.content.decode()
    assert api_client(matrix.account_manager).get(f"/api/v1/offers/{offer.pk}/").json()["pauses"] == []
