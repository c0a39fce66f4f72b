"""Opinions of area managers on prices that hold at all locations: asked for, given, objected, let pass; and what nobody may do."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from kam.core import clock
from kam.core.notifications import Notification
from kam.core.timeline import timeline
from kam.core.work_items import WorkItem
from kam.core.workflow import Denied
from orders.actions import (
    agree_campaign_customer,
    approve_agreement,
    create_agreement,
    give_opinion,
    note_silence,
    return_agreement,
    submit_agreement,
)
from orders.models import AgreementOpinion, PriceAgreement
from orders.tasks import note_silent_opinions
from tests.factories.accounts import AssignmentFactory, DelegationFactory
from tests.factories.campaigns import campaigned, only_row
from tests.factories.catalog import ProductFactory
from tests.factories.prices import line
from tests.matrix import Matrix
from tests.pages import client_for


def handed_in(matrix: Matrix, **values: Any) -> PriceAgreement:
    """An agreement of the account manager's with the group ACME, or as told, handed in today."""
    head: dict[str, Any] = {"group": matrix.acme} if not {"customer", "plant"} & set(values) else {}
    head |= {"currency": "EUR", "first_day": clock.today(), "lines": [line(ProductFactory(), 10)]}
    draft: PriceAgreement = create_agreement(PriceAgreement, actor=matrix.account_manager, **head | values)
    submit_agreement(draft, actor=matrix.account_manager)
    return draft


def verdicts(agreement: PriceAgreement) -> dict[str, str]:
    """What each area manager says, by surname."""
    return {one.person.last_name: one.verdict for one in agreement.opinions.for_list()}


def test_prices_of_all_locations_ask_every_area_manager_concerned(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    made = handed_in(matrix)
    assert verdicts(made) == {"Brandt": "asked", "Reyes": "asked"}
    items = WorkItem.objects.on(made).open().filter(kind="give_opinion")
    assert {item.assignee for item in items} == {matrix.area_manager_de, matrix.area_manager_us}
    for one in made.opinions.for_list():
        assert one.due_at == clock.due(clock.now(), 5, clock.Unit.WORKING_DAYS, one.location.calendar).at
    with nothing_changed(), pytest.raises(Denied) as early:
        approve_agreement(made, actor=matrix.sales_manager)
    assert early.value.code == "opinion_pending"
    for person in (matrix.account_manager, matrix.sales_manager, matrix.account_manager2, matrix.back_office_it):
        with nothing_changed(), pytest.raises(Denied):
            give_opinion(made, actor=person)
    with nothing_changed(), pytest.raises(Denied) as unexplained:
        give_opinion(made, actor=matrix.area_manager_de, consents=False)
    assert (unexplained.value.code, unexplained.value.field) == ("reason_needed", "note")
    give_opinion(made, actor=matrix.area_manager_us)
    give_opinion(made, actor=matrix.area_manager_de, consents=False, note="Our plant pays more today")
    assert verdicts(made) == {"Brandt": "objected", "Reyes": "agreed"}
    assert not items.all().exists()
    assert Notification.objects.filter(kind="agreement_objected", reader=matrix.account_manager).count() == 1
    with nothing_changed(), pytest.raises(Denied) as again:
        give_opinion(made, actor=matrix.area_manager_us, consents=False, note="Other than I said")
    assert again.value.code == "not_asked"
    with nothing_changed(), pytest.raises(Denied) as silent:
        approve_agreement(made, actor=matrix.sales_manager)
    assert (silent.value.code, silent.value.field) == ("reason_needed", "reason")
    approve_agreement(made, actor=matrix.sales_manager, reason="The group decides on one price")
    assert PriceAgreement.objects.get(pk=made.pk).status == "active"
    told = Notification.objects.filter(kind="agreement_holds").values_list("reader", flat=True)
    assert set(told) == {matrix.area_manager_de.pk, matrix.area_manager_us.pk}
    shown = [change for moment in timeline(made, matrix.account_manager) for change in moment.changes]
    assert any("Objected" in change.after for change in shown)
    assert any("Our plant pays more today" in change.after for change in shown)


def test_silence_is_no_objection_and_is_noted(matrix: Matrix) -> None:
    made = handed_in(matrix)
    give_opinion(made, actor=matrix.area_manager_us)
    assert note_silence() == 0, "there is time left"
    AgreementOpinion.objects.update(due_at=clock.now() - timedelta(minutes=1))
    assert note_silent_opinions() == 1
    assert note_silent_opinions() == 0, "once"
    assert verdicts(made) == {"Brandt": "silent", "Reyes": "agreed"}
    assert not WorkItem.objects.on(made).open().filter(kind="give_opinion").exists()
    with pytest.raises(Denied):
        give_opinion(made, actor=matrix.area_manager_de, consents=False, note="Too late")
    approve_agreement(made, actor=matrix.sales_manager)
    assert any("No answer in time" in change.after for one in timeline(made, matrix.management) for change in one.changes)


def test_what_was_let_pass_a_moment_ago_holds_up_nobody(matrix: Matrix) -> None:
    made = handed_in(matrix)
    AgreementOpinion.objects.update(due_at=clock.now())
    approve_agreement(made, actor=matrix.sales_manager)
    assert set(verdicts(made).values()) == {"silent"}


def test_only_who_is_concerned_is_asked(matrix: Matrix) -> None:
    assert verdicts(handed_in(matrix, customer=matrix.acme_de)) == {"Brandt": "asked"}
    assert verdicts(handed_in(matrix, customer=matrix.acme_it)) == {}, "no area manager serves it"
    assert verdicts(handed_in(matrix, plant=matrix.acme_us_plant)) == {"Reyes": "asked"}
    assert verdicts(handed_in(matrix, plant=matrix.acme_us_plant, location=matrix.usa)) == {}, "it holds at one location"
    AssignmentFactory(user=matrix.account_manager, plant=matrix.acme_it_plant, location=matrix.italy)
    assert verdicts(handed_in(matrix, customer=matrix.acme_it)) == {}, "nobody asks themselves"


def test_what_is_sent_back_is_asked_about_anew(matrix: Matrix) -> None:
    made = handed_in(matrix, customer=matrix.acme_de)
    give_opinion(made, actor=matrix.area_manager_de)
    return_agreement(made, actor=matrix.sales_manager, reason="Too low")
    assert not made.opinions.exists()
    made.refresh_from_db()
    submit_agreement(made, actor=matrix.account_manager)
    assert verdicts(made) == {"Brandt": "asked"}
    assert WorkItem.objects.on(made).open().filter(kind="give_opinion").count() == 1


def test_a_substitute_says_it_for_the_area_manager(matrix: Matrix) -> None:
    made = handed_in(matrix, customer=matrix.acme_de)
    DelegationFactory(principal=matrix.area_manager_de, substitute=matrix.area_manager_us)
    give_opinion(made, actor=matrix.area_manager_us)
    one = made.opinions.get()
    assert (one.person, one.given_by) == (matrix.area_manager_de, matrix.area_manager_us)


def test_an_objection_always_says_why(matrix: Matrix) -> None:
    made = handed_in(matrix, customer=matrix.acme_de)
    with pytest.raises(IntegrityError), transaction.atomic():
        made.opinions.update(verdict="objected", given_at=clock.now())


def test_the_page_shows_them_and_has_the_button_for_who_is_asked(matrix: Matrix) -> None:
    made = handed_in(matrix, customer=matrix.acme_de)
    address = f"/price-agreements/{made.pk}/"
    asked = client_for(matrix.area_manager_de)
    page = asked.get(address).content.decode()
    assert "Opinions of the area managers" in page
    assert f"{address}opinion/" in page
    assert f"{address}opinion/" not in client_for(matrix.account_manager).get(address).content.decode()
    answer = asked.post(f"{address}opinion/", {"consents": "no", "note": "We sell at 12"})
    assert answer.status_code == 302
    page = client_for(matrix.account_manager).get(address).content.decode()
    assert "We sell at 12" in page
    assert "Objected" in page


def test_what_a_campaign_asked_is_not_asked_twice(matrix: Matrix) -> None:
    campaign = campaigned(matrix.usa, by=matrix.account_manager, approver=matrix.sales_manager, status="asked", of_customer=matrix.acme_us,
        to={"customer": matrix.acme_us})  # fmt: skip
    row = only_row(campaign)
    assert row.consents.count() == 1
    agree_campaign_customer(row, actor=matrix.account_manager)
    made = PriceAgreement.objects.get(campaign_lines__row=row)
    assert made.status == "in_approval"
    assert not made.opinions.exists()
