"""Consent to local prices: asked outside the corridor, given, refused, escalated, decided, void when a price changes; and what nobody may do."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from kam.core import clock
from kam.core.notifications import Notification
from kam.core.parameters import ParameterValue, set_parameter
from kam.core.timeline import timeline
from kam.core.work_items import WorkItem
from kam.core.workflow import Denied
from orders.actions import (
    approve_agreement,
    approve_offer,
    create_agreement,
    decide_consent,
    edit_agreement,
    edit_offer,
    escalate_consent,
    escalate_late,
    give_consent,
    refuse_consent,
    return_agreement,
    submit_agreement,
    submit_offer,
    take_back_consent,
    withdraw_offer,
)
from orders.models import Offer, PriceAgreement, PriceConsent
from orders.reports.corridor import outside, told
from tests.factories.accounts import AssignmentFactory, DelegationFactory
from tests.factories.catalog import ProductFactory
from tests.factories.consents import asked
from tests.factories.offers import offer_line, offered, priced_product
from tests.factories.prices import line
from tests.matrix import Matrix
from tests.pages import client_for

TODAY = clock.today


def local(matrix: Matrix, *lines: dict[str, Any], **values: Any) -> PriceAgreement:
    """A draft of the American area manager's with the American plant of ACME."""
    head = {"plant": matrix.acme_us_plant, "location": matrix.usa, "currency": "EUR", "first_day": TODAY()}
    made: PriceAgreement = create_agreement(PriceAgreement, actor=matrix.area_manager_us, lines=lines, **head | values)
    return made


def offer_of(matrix: Matrix, *lines: dict[str, Any], **values: Any) -> Offer:
    """An offer of the American area manager's to that plant."""
    return offered(matrix.acme_us_plant, matrix.usa, *lines, **{"by": matrix.area_manager_us, "currency": "EUR"} | values)


@pytest.mark.acceptance("AT-86")
def test_a_local_price_below_the_corridor_waits_is_refused_escalated_and_decided(
    matrix: Matrix, nothing_changed: Callable[..., Any]
) -> None:
    product = priced_product(25)
    draft = local(matrix, line(product, 20))
    with nothing_changed(), pytest.raises(Denied) as unexplained:
        submit_agreement(draft, actor=matrix.area_manager_us)
    assert (unexplained.value.code, unexplained.value.field) == ("consent_reason", "reason")
    assert product.code in str(unexplained.value)
    submit_agreement(draft, actor=matrix.area_manager_us, reason="The competitor sells at 19.90")
    draft.refresh_from_db()
    assert (draft.status, draft.consent) == ("in_approval", "waiting")
    consent = PriceConsent.objects.get(agreement=draft)
    [one] = consent.outside
    assert (one["product"], Decimal(one["price"]), Decimal(one["list_price"])) == (product.code, Decimal(20), Decimal(25))
    assert (Decimal(one["deviation"]), Decimal(one["floor"]), Decimal(one["ceiling"])) == (-20, -10, 25)
    item = WorkItem.objects.on(consent).open().get()
    assert (item.assignee, item.excluded) == (matrix.account_manager, [matrix.area_manager_us.pk])
    assert not WorkItem.objects.on(draft).exists(), "its approval is asked for afterwards"
    with nothing_changed(), pytest.raises(Denied) as early:
        approve_agreement(draft, actor=matrix.sales_manager)
    assert early.value.code == "consent_missing"
    for person in (matrix.area_manager_us, matrix.sales_manager, matrix.account_manager2):
        with nothing_changed(), pytest.raises(Denied) as other:
            give_consent(consent, actor=person)
        assert other.value.status == 403
    with nothing_changed(), pytest.raises(Denied, match="has until"):
        escalate_consent(consent, actor=matrix.area_manager_us, reason="I cannot wait")
    with nothing_changed(), pytest.raises(Denied) as why:
        refuse_consent(consent, actor=matrix.account_manager)
    assert (why.value.code, why.value.field) == ("reason_needed", "reason")

    refuse_consent(consent, actor=matrix.account_manager, reason="It would become the price of the group")
    draft.refresh_from_db()
    assert draft.consent == "refused"
    assert WorkItem.objects.on(consent).open().get().assignee == matrix.area_manager_us
    assert Notification.objects.filter(kind="consent_answered", reader=matrix.area_manager_us).count() == 1
    with nothing_changed(), pytest.raises(Denied):
        approve_agreement(draft, actor=matrix.sales_manager)
    with nothing_changed(), pytest.raises(Denied):
        decide_consent(consent, actor=matrix.sales_manager, allow=True, reason="Not asked yet")

    escalate_consent(consent, actor=matrix.area_manager_us, reason="Else the plant is lost")
    assert WorkItem.objects.on(consent).open().get().audience == "role:sales_manager"
    for person in (matrix.area_manager_us, matrix.account_manager):
        with nothing_changed(), pytest.raises(Denied):
            decide_consent(consent, actor=person, allow=True, reason="Mine")
    with nothing_changed(), pytest.raises(Denied, match="why"):
        decide_consent(consent, actor=matrix.sales_manager, allow=True)
    decide_consent(consent, actor=matrix.sales_manager, allow=True, reason="Until the end of the year")
    draft.refresh_from_db()
    consent.refresh_from_db()
    assert (draft.status, draft.consent, consent.status) == ("in_approval", "allowed", "allowed")
    assert not WorkItem.objects.on(consent).open().exists()
    approve_agreement(draft, actor=matrix.sales_manager)
    draft.refresh_from_db()
    assert draft.status == "active"

    told_of = [(str(step.label), step.actor, step.reason) for step in reversed(timeline(draft, matrix.account_manager))]
    steps = [
        ("Hand in", matrix.area_manager_us, "The competitor sells at 19.90"),
        ("Refuse", matrix.account_manager, "It would become the price of the group"),
        ("Escalate", matrix.area_manager_us, "Else the plant is lost"),
        ("Decide", matrix.sales_manager, "Until the end of the year"),
        ("Approve", matrix.sales_manager, ""),
    ]
    assert [step for step in told_of if step in steps] == steps


def test_the_result_stands_in_the_time_lines_of_the_plant_and_its_customer_for_who_sees_the_request(matrix: Matrix) -> None:
    draft = local(matrix, line(priced_product(25), 20))
    submit_agreement(draft, actor=matrix.area_manager_us, reason="The competitor sells at 19.90")
    consent = PriceConsent.objects.get(agreement=draft)
    give_consent(consent, actor=matrix.account_manager, reason="For this year")

    def told_to(reader: Any, record: Any) -> list[str]:
        found = [(str(one.label), one.actor, one.reason) for one in timeline(record, reader)]
        assert len(found) == len(set(found))
        consents = [
            change.full_label for one in timeline(record, reader) for change in one.changes if consent.name in change.full_label
        ]
        assert all(str(label).startswith("Request for consent") for label in consents)
        return [label for label, _actor, reason in found if reason in {"The competitor sells at 19.90", "For this year"}]

    for record in (matrix.acme_us, matrix.acme_us_plant):
        for reader in (matrix.account_manager, matrix.area_manager_us, matrix.sales_manager):
            assert told_to(reader, record) == ["Consent", "Hand in"]
        assert told_to(matrix.area_manager_de, record) == []
        assert told_to(matrix.technical_it, record) == [], "no price is theirs to read"
    assert told_to(matrix.account_manager, matrix.acme_de) == []
    page = client_for(matrix.account_manager).get(f"/customers/{matrix.acme_us.pk}/")
    about = next(panel for panel in page.content.decode().split('"') if panel.endswith("/timeline/"))
    assert "For this year" in client_for(matrix.account_manager).get(about).content.decode()


def test_within_the_corridor_the_area_manager_decides_and_the_account_manager_is_told(matrix: Matrix) -> None:
    one, other = priced_product(25), priced_product(25)
    draft = local(matrix, line(one, "22.50"), line(other, "31.25"))
    submit_agreement(draft, actor=matrix.area_manager_us)
    draft.refresh_from_db()
    assert draft.consent == ""
    assert not PriceConsent.objects.exists()
    assert WorkItem.objects.on(draft).open().get().audience == "role:sales_manager"
    assert Notification.objects.filter(kind="local_price_set", reader=matrix.account_manager).count() == 1
    made = offer_of(matrix, offer_line(one, 100, "22.50"), status="approved")
    assert (made.status, made.consent) == ("approved", "")


def test_who_leads_the_account_or_oversees_all_asks_nobody(matrix: Matrix) -> None:
    for person in (matrix.account_manager, matrix.sales_manager):
        made = offer_of(matrix, offer_line(priced_product(25), 100, "20"), by=person)
        submit_offer(made, actor=person)
        assert not made.consents.exists()
    DelegationFactory(principal=matrix.account_manager, substitute=matrix.area_manager_us)
    matrix.area_manager_us.renew_access()
    made = offer_of(matrix, offer_line(priced_product(25), 100, "20"))
    submit_offer(made, actor=matrix.area_manager_us)
    assert not made.consents.exists()


def test_the_corridor_is_that_of_the_product_line_else_of_the_location_else_the_general_one(matrix: Matrix) -> None:
    wide, narrow = priced_product(25), priced_product(25)
    draft = local(matrix, line(wide, 21), line(narrow, 21))  # 16 % below the list

    def lies_outside() -> set[str]:
        return {one["product"] for one in outside(PriceAgreement.objects.get(pk=draft.pk))}

    assert lies_outside() == {wide.code, narrow.code}
    at_home, of_line = f"location:{matrix.usa.pk}", f"product_line:{narrow.family.line.pk}"
    for scope, value in ((f"location:{matrix.germany.pk}", 40), (at_home, 20), (of_line, 5)):
        set_parameter(ParameterValue, actor=matrix.administrator, key="orders.corridor_floor", scope=scope, value=Decimal(value))
    assert lies_outside() == ({narrow.code} if narrow.family.line != wide.family.line else {wide.code, narrow.code})
    edit_agreement(draft, actor=matrix.area_manager_us, lines=[line(wide, 40)])
    assert [one["deviation"] for one in outside(PriceAgreement.objects.get(pk=draft.pk))] == ["60"], "above it, too"


@pytest.mark.parametrize(
    ("values", "deviation"),
    [
        ({"price": None, "scale": "from", "steps": [(1, 25), (500, 22)]}, "-12"),
        ({"price": None, "discount": Decimal(12)}, "-12"),
        ({"price": Decimal("24"), "reductions": [(TODAY() + timedelta(days=400), Decimal(10))]}, "-13.6"),
        ({"price": Decimal(2200), "price_unit": 100}, "-12"),
    ],
)
def test_what_a_price_comes_to_is_compared_with_the_list(matrix: Matrix, values: dict[str, Any], deviation: str) -> None:
    draft = local(matrix, line(priced_product(25), **values))
    [one] = outside(draft)
    assert one["deviation"] == deviation
    assert len(told([one])) == 1


def test_a_rebate_lowers_the_price_and_without_a_list_price_there_is_no_corridor(matrix: Matrix) -> None:
    draft = local(
        matrix, line(priced_product(25), 23), line(ProductFactory(), 8), rebate="retroactive",
        tiers=[(Decimal(0), Decimal(2)), (Decimal(10000), Decimal(5))],
    )  # fmt: skip
    lower, unlisted = outside(draft)
    assert lower["deviation"] == "-12.6"  # 23 less 5 % is 21.85
    assert (unlisted["deviation"], unlisted["list_price"]) == (None, None)


def test_consent_lets_an_offer_go_on_and_is_void_when_a_price_changes(
    matrix: Matrix, nothing_changed: Callable[..., Any]
) -> None:
    consent = asked(matrix.acme_us_plant, matrix.usa, matrix.area_manager_us)
    made = consent.offer
    assert (made.status, made.consent) == ("in_approval", "waiting")
    with nothing_changed(), pytest.raises(Denied):
        approve_offer(made, actor=matrix.management)
    give_consent(consent, actor=matrix.account_manager, reason="For this plant")
    made.refresh_from_db()
    assert (made.status, made.consent, made.level) == ("in_approval", "given", 1), "20 % below the list is for the sales manager"
    approve_offer(made, actor=matrix.sales_manager)
    edit_offer(made, actor=matrix.area_manager_us, assumptions="Call-offs twice a month")
    made.refresh_from_db()
    assert (made.status, made.consent) == ("approved", "given")
    [values] = made.lines.values("product", "quantity", "price")
    product = made.lines.get().product
    edit_offer(made, actor=matrix.area_manager_us, lines=[values | {"product": product, "quantity": Decimal(200)}])
    made.refresh_from_db()
    assert (made.status, made.consent) == ("draft", "given"), "the quantity is approved anew; the price is the same"
    submit_offer(made, actor=matrix.area_manager_us)
    made.refresh_from_db()
    assert made.consent == "given"
    assert made.consents.count() == 1
    approve_offer(made, actor=matrix.sales_manager)
    edit_offer(made, actor=matrix.area_manager_us, lines=[values | {"product": product, "price": Decimal("19.5")}])
    made.refresh_from_db()
    consent.refresh_from_db()
    assert (made.status, made.consent, consent.status) == ("draft", "", "void")
    with nothing_changed(), pytest.raises(Denied) as anew:
        submit_offer(made, actor=matrix.area_manager_us)
    assert anew.value.code == "consent_reason"
    submit_offer(made, actor=matrix.area_manager_us, reason="They asked again")
    assert sorted(made.consents.values_list("status", flat=True)) == ["void", "waiting"]


def test_within_every_limit_consent_approves_an_offer(matrix: Matrix) -> None:
    set_parameter(
        ParameterValue,
        actor=matrix.administrator,
        key="orders.corridor_floor",
        scope=f"location:{matrix.usa.pk}",
        value=Decimal(2),
    )
    made = offer_of(matrix, offer_line(priced_product(25), 100, "23"))
    submit_offer(made, actor=matrix.area_manager_us, reason="The first order")
    give_consent(made.consents.get(), actor=matrix.account_manager)
    made.refresh_from_db()
    assert (made.status, made.approved_by) == ("approved", matrix.account_manager)


def test_an_agreement_is_sent_back_changed_and_asked_about_again(matrix: Matrix) -> None:
    product = priced_product(25)
    draft = local(matrix, line(product, 20))
    submit_agreement(draft, actor=matrix.area_manager_us, reason="The market")
    first = PriceConsent.objects.get()
    give_consent(first, actor=matrix.account_manager)
    return_agreement(draft, actor=matrix.sales_manager, reason="Say how long")
    draft.refresh_from_db()
    assert (draft.status, draft.consent) == ("draft", "given")
    edit_agreement(draft, actor=matrix.area_manager_us, notes="Reopened each June")
    submit_agreement(draft, actor=matrix.area_manager_us)
    draft.refresh_from_db()
    assert (draft.consent, PriceConsent.objects.count()) == ("given", 1)
    return_agreement(draft, actor=matrix.sales_manager, reason="Still too low")
    edit_agreement(draft, actor=matrix.area_manager_us, lines=[line(product, 21)])
    draft.refresh_from_db()
    first.refresh_from_db()
    assert (draft.consent, first.status) == ("", "void")


def test_what_is_not_allowed_taken_back_or_withdrawn_waits_no_longer(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    place = (matrix.acme_us_plant, matrix.usa, matrix.area_manager_us)
    denied = asked(*place, refused_by=matrix.account_manager, escalated=True)
    decide_consent(denied, actor=matrix.management, allow=False, reason="The group would follow")
    made = Offer.objects.get(pk=denied.offer_id)
    assert (made.status, made.consent, made.submitted_by) == ("draft", "disallowed", None)
    for person in (matrix.area_manager_us, matrix.account_manager):
        assert Notification.objects.filter(kind="consent_answered", reader=person, occasion__startswith="disallowed").exists()
    with nothing_changed(), pytest.raises(Denied):
        give_consent(denied, actor=matrix.account_manager)
    back = asked(*place)
    take_back_consent(back, actor=matrix.area_manager_us)
    made = Offer.objects.get(pk=back.offer_id)
    assert (made.status, made.consent) == ("draft", "withdrawn")
    assert not WorkItem.objects.on(back).open().exists()
    gone = asked(*place)
    withdraw_offer(gone.offer, actor=matrix.account_manager, reason="No longer wanted")
    gone.refresh_from_db()
    assert (gone.status, gone.offer.consent) == ("withdrawn", "")
    assert not WorkItem.objects.on(gone).open().exists()
    changed = asked(*place, refused_by=matrix.account_manager)
    give_consent(changed, actor=matrix.account_manager, reason="After all")
    assert not WorkItem.objects.on(changed).open().exists()


def test_silence_escalates_after_the_deadline_and_once(matrix: Matrix, monkeypatch: pytest.MonkeyPatch) -> None:
    consent = asked(matrix.acme_us_plant, matrix.usa, matrix.area_manager_us)
    assert escalate_late() == 0
    monkeypatch.setattr(clock, "now", lambda: consent.due_at + timedelta(minutes=1))
    assert (escalate_late(), escalate_late()) == (1, 0)
    consent.refresh_from_db()
    assert (consent.status, consent.offer.consent) == ("escalated", "escalated")
    assert consent.escalation
    item = WorkItem.objects.on(consent).open().get()
    assert (item.audience, item.kind) == ("role:sales_manager", "decide_consent")


def test_nobody_decides_on_what_they_set_or_answered(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    consent = asked(matrix.acme_us_plant, matrix.usa, matrix.area_manager_us)
    DelegationFactory(principal=matrix.area_manager_us, substitute=matrix.account_manager)
    matrix.account_manager.renew_access()
    with nothing_changed(), pytest.raises(Denied) as own:
        give_consent(consent, actor=matrix.account_manager)
    assert own.value.code == "own_work"
    with pytest.raises(IntegrityError), transaction.atomic():
        PriceConsent.objects.filter(pk=consent.pk).update(status="given", answered_by=consent.asked_by, answered_at=clock.now())
    with pytest.raises(IntegrityError), transaction.atomic():
        PriceConsent.objects.filter(pk=consent.pk).update(status="refused")


def test_an_account_that_nobody_leads_has_nobody_to_ask(matrix: Matrix) -> None:
    matrix.beta.assignments.all().delete()
    made = offered(
        matrix.beta_plant, matrix.germany, offer_line(priced_product(25), 10, "20"), by=matrix.area_manager_de, currency="EUR"
    )
    submit_offer(made, actor=matrix.area_manager_de)
    made.refresh_from_db()
    assert (made.status, made.consent) == ("in_approval", ""), "the limits of approval hold alone"


def test_who_sees_a_request_and_what_its_pages_show(matrix: Matrix) -> None:
    AssignmentFactory(user=matrix.area_manager_de, plant=matrix.acme_us_plant, location=matrix.italy)
    consent = asked(matrix.acme_us_plant, matrix.usa, matrix.area_manager_us, refused_by=matrix.account_manager)
    seen = {name for name, user in matrix.users.items() if PriceConsent.objects.visible_to(user).filter(pk=consent.pk).exists()}
    assert seen == {"account_manager", "area_manager_us", "sales_manager", "management", "auditor"}
    leader, asker = client_for(matrix.account_manager), client_for(matrix.area_manager_us)
    assert str(consent) in leader.get("/price-consents/").content.decode()
    for address in (consent.get_absolute_url(), consent.offer.get_absolute_url()):
        assert "The competitor sells at 19.90" in leader.get(address).content.decode()
    assert "Escalate" in asker.get(consent.get_absolute_url()).content.decode()
    answer = asker.post(f"/price-consents/{consent.pk}/escalate/", {"reason": "Else the plant is lost"})
    assert answer.status_code == 302
    assert answer["Location"] == consent.offer.get_absolute_url()
    judge = client_for(matrix.management)
    assert judge.post(f"/price-consents/{consent.pk}/decide/", {"allow": "no", "reason": "The group"}).status_code == 302
    consent.refresh_from_db()
    assert consent.status == "disallowed"


def test_a_price_outside_asks_for_its_reason_on_the_page(matrix: Matrix) -> None:
    draft = local(matrix, line(priced_product(25), 20))
    browser = client_for(matrix.area_manager_us)
    answer = browser.post(f"/price-agreements/{draft.pk}/submit/")
    assert answer.status_code == 400
    assert 'name="reason"' in answer.content.decode()
    assert browser.post(f"/price-agreements/{draft.pk}/submit/", {"reason": "The market"}).status_code == 302
    draft.refresh_from_db()
    assert draft.consent == "waiting"
