"""Price campaigns: found, previewed, consented to, approved by another, asked, answered, agreed into new agreements; and their letters."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from kam.core import clock
from kam.core.jobs import Job
from kam.core.jobs import run as run_job
from kam.core.notifications import Notification
from kam.core.periods import period
from kam.core.work_items import WorkItem
from kam.core.workflow import Denied
from orders.actions import (
    agree_campaign_customer,
    approve_agreement,
    approve_campaign,
    ask_campaign_customer,
    consent_to_campaign,
    consent_to_whole_campaign,
    create_campaign,
    discard_campaign,
    edit_campaign,
    edit_campaign_customer,
    leave_out_campaign_customer,
    note_campaign_answer,
    refuse_campaign_customer,
    return_campaign,
    submit_campaign,
    withdraw_campaign,
)
from orders.actions.campaign_letters import kept_letter
from orders.documents import campaign_letter
from orders.documents.keeping import run_letter as keep_again
from orders.models import AgreementLine, CampaignCustomer, CampaignLine, IndexValue, PriceAgreement, PriceCampaign, PriceIndex
from orders.reports.campaigns import changes_of, computation_of
from tests.factories.campaigns import campaigned, only_row, silence
from tests.factories.catalog import ProductFactory
from tests.factories.prices import agreement, line
from tests.matrix import Matrix
from tests.pages import client_for

START = date(2027, 3, 1)
TODAY = date(2026, 11, 2)


@pytest.fixture(autouse=True)
def _in_november() -> Any:
    """The second of November 2026."""
    with clock.moment(datetime(2026, 11, 2, 9, tzinfo=UTC)):
        yield


def campaign(matrix: Matrix, by: Any = None, **values: Any) -> PriceCampaign:
    """A campaign of the account manager's of five per cent from March on."""
    known: dict[str, Any] = {
        "title": "Materials 2027", "why": "Steel became dearer.", "location": matrix.italy, "percentage": Decimal("5.00"),
        "effective_on": START, "notice_days": 60,
    }  # fmt: skip
    made: PriceCampaign = create_campaign(PriceCampaign, actor=by or matrix.account_manager, **known | values)
    return made


def asked(matrix: Matrix, **values: Any) -> CampaignCustomer:
    """The one customer of an approved campaign whose letter is out."""
    made = campaign(matrix, **values)
    submit_campaign(made, actor=matrix.account_manager)
    silence(made)
    approve_campaign(made, actor=matrix.sales_manager)
    row = only_row(made)
    ask_campaign_customer(row, actor=matrix.account_manager, sent_to="buyer@acme.example")
    row.refresh_from_db()
    return row


def to_do(made: PriceCampaign, kind: str) -> WorkItem:
    """The one open thing to do of a kind on a campaign."""
    found: WorkItem = WorkItem.objects.on(made).open().filter(kind=kind).get()
    return found


def test_a_campaign_finds_what_holds_and_writes_nothing_to_prices(matrix: Matrix) -> None:
    product, other = ProductFactory(), ProductFactory()
    known = agreement(
        line(product, "10.25"), line(other, steps=[(1, 4), (100, "3.33")], scale="from"), customer=matrix.acme_it, notice_days=90
    )
    agreement(line(product, 9), customer=matrix.beta)  # of another account manager
    agreement(line(product, 9), customer=matrix.acme_de, last_day=date(2027, 2, 28))  # over before
    agreement(line(product, 9), customer=matrix.acme_us, first_day=START)  # begins on that day only
    agreement(line(product, discount=Decimal(5)), plant=matrix.acme_it_plant)  # follows the list
    before = list(AgreementLine.objects.order_by("pk").values())
    made = campaign(matrix)
    row = only_row(made)
    assert (row.customer, row.asked, row.notice_days) == (matrix.acme_it, Decimal("5.00"), 90)
    assert row.last_day_to_send == START - timedelta(days=90), "the agreement's notice period is longer"
    changes = changes_of(row, row.lines.for_list().order_by("pk"))
    assert [(one.before, one.after, one.steps) for one in changes] == [
        (Decimal("10.25000"), Decimal("10.76"), []),
        (None, None, [(Decimal(1), Decimal(4), Decimal("4.20")), (Decimal(100), Decimal("3.33"), Decimal("3.50"))]),
    ]
    assert computation_of(made, made.percentage)[-1].startswith("New price = old price")
    assert list(AgreementLine.objects.order_by("pk").values()) == before
    assert not PriceAgreement.objects.filter(replaces=known).exists()


def test_a_filter_narrows_and_an_empty_set_is_refused(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    one, two = ProductFactory(), ProductFactory()
    agreement(line(one, 10), line(two, 20), customer=matrix.acme_it)
    agreement(line(one, 10), customer=matrix.acme_de, location=matrix.germany)
    made = campaign(matrix, of_family=one.family, of_customer=matrix.acme_it)
    assert [each.line.product for each in only_row(made).lines.for_list()] == [one]
    assert only_row(campaign(matrix, of_location=matrix.germany)).customer == matrix.acme_de
    assert campaign(matrix, of_group=matrix.acme).customers.count() == 2
    with nothing_changed(), pytest.raises(Denied) as refused:
        campaign(matrix, of_customer=matrix.beta)
    assert refused.value.code == "nothing_found"
    with nothing_changed(), pytest.raises(Denied) as refused:
        campaign(matrix, effective_on=TODAY)
    assert refused.value.code == "day_is_over"
    with nothing_changed(), pytest.raises(Denied) as refused:
        campaign(matrix, percentage=Decimal(0))
    assert refused.value.code == "no_change"


def test_an_index_makes_the_percentage(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    agreement(line(ProductFactory(), 100), customer=matrix.acme_it)
    steel = PriceIndex.objects.create(code="HRC", name_en="Steel", currency="EUR", source="Euromet")
    IndexValue.objects.create(index=steel, day=date(2026, 1, 1), value=Decimal("0.640"))
    IndexValue.objects.create(index=steel, day=date(2026, 10, 1), value=Decimal("0.720"))
    known = {"basis": "index", "percentage": None, "index": steel, "share": Decimal(40)}
    days = {"index_from": date(2026, 1, 1), "index_to": date(2026, 10, 15)}
    made = campaign(matrix, **known, **days)
    assert made.percentage == Decimal("5.00"), "40 % of 12.5 %"
    told = computation_of(made, made.percentage)
    assert "0.64" in told[0]
    assert "+12.50" in told[0]
    assert "40.00" in told[1]
    with nothing_changed(), pytest.raises(Denied) as refused:
        campaign(matrix, **known, index_from=date(2020, 1, 1), index_to=date(2026, 10, 1))
    assert (refused.value.code, refused.value.field) == ("no_index_value", "index_from")
    with nothing_changed(), pytest.raises(Denied) as refused:
        campaign(matrix, **known, index_from=date(2026, 1, 1))
    assert refused.value.code == "index_needed"


def test_the_life_of_a_campaign(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    product = ProductFactory()
    old = agreement(line(product, 10), customer=matrix.acme_de, location=matrix.germany)
    made = campaign(matrix)
    row = only_row(made)
    with nothing_changed(), pytest.raises(Denied) as refused:
        ask_campaign_customer(row, actor=matrix.account_manager, sent_to="x")
    assert refused.value.code == "campaign_not_approved"
    submit_campaign(made, actor=matrix.account_manager)
    made.refresh_from_db()
    assert made.number.startswith("PC-")
    consent = row.consents.get()
    assert (consent.person, consent.location) == (matrix.area_manager_de, matrix.germany)
    assert to_do(made, "consent_to_campaign").assignee == matrix.area_manager_de
    with nothing_changed(), pytest.raises(Denied) as refused:
        approve_campaign(made, actor=matrix.account_manager)
    assert refused.value.status == 403
    with nothing_changed(), pytest.raises(Denied) as refused:
        approve_campaign(made, actor=matrix.sales_manager)
    assert refused.value.code == "consent_pending"
    with nothing_changed(), pytest.raises(Denied) as refused:
        consent_to_campaign(row, actor=matrix.area_manager_us, consents=True)
    assert refused.value.status == 403
    consent_to_campaign(row, actor=matrix.area_manager_de, consents=True)
    assert [item.kind for item in WorkItem.objects.on(made).open()] == ["approve_campaign"]
    approve_campaign(made, actor=matrix.sales_manager)
    row.refresh_from_db()
    assert row.standing == "approved"
    assert to_do(made, "send_campaign_letters").assignee == matrix.account_manager
    ask_campaign_customer(row, actor=matrix.account_manager, sent_to="buyer@acme.example")
    assert not WorkItem.objects.on(made).open().exists()
    note_campaign_answer(row, actor=matrix.account_manager, answered=Decimal(2), answer="Two, not five")
    with nothing_changed(), pytest.raises(Denied) as refused:
        agree_campaign_customer(row, actor=matrix.account_manager, agreed=Decimal(6))
    assert refused.value.code == "beyond_asked"
    agree_campaign_customer(row, actor=matrix.account_manager, agreed=Decimal("3.5"), reference="PO 17")
    row.refresh_from_db()
    assert (row.status, row.standing, row.agreed) == ("agreed", "agreed", Decimal("3.50"))
    new = PriceAgreement.objects.get(replaces=old)
    assert (new.status, new.first_day, new.lines.get().price) == ("in_approval", START, Decimal("10.35000"))
    with nothing_changed(), pytest.raises(Denied) as refused:
        agree_campaign_customer(row, actor=matrix.account_manager)
    assert refused.value.code == "agreed_already"
    approve_agreement(new, actor=matrix.sales_manager)
    old.refresh_from_db()
    assert (old.last_day, old.ending) == (START - timedelta(days=1), "replaced")
    with clock.moment(datetime(2027, 3, 2, 9, tzinfo=UTC)):
        row = CampaignCustomer.objects.for_list().get()
        assert row.standing == "in_force"
        assert CampaignCustomer.objects.all().in_force().get() == row


def test_prices_outside_the_campaign_go_on_in_the_old_agreement(matrix: Matrix) -> None:
    inside, outside = ProductFactory(), ProductFactory()
    old = agreement(
        line(inside, 10), line(outside, 20), customer=matrix.acme_it, rebate="retroactive", tiers=[(Decimal(1000), Decimal(2))]
    )
    row = asked(matrix, of_family=inside.family, open_orders="new")
    agree_campaign_customer(row, actor=matrix.account_manager)
    new = PriceAgreement.objects.get(replaces=old)
    assert [(one.product, one.price) for one in new.lines.all()] == [(inside, Decimal("10.50000"))]
    assert (old.pricing_date, new.pricing_date) == ("order", "delivery"), "open orders take the new price"
    assert new.rebate == "", "the rebate goes on with what goes on"
    approve_agreement(new, actor=matrix.sales_manager)
    old.refresh_from_db()
    assert (old.last_day, old.lines.get(product=outside).last_day) == (None, None)
    assert old.lines.get(product=inside).last_day == START - timedelta(days=1)


def test_a_notice_period_is_kept(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    agreement(line(ProductFactory(), 10), customer=matrix.acme_it)
    made = campaign(matrix)
    submit_campaign(made, actor=matrix.account_manager)
    approve_campaign(made, actor=matrix.sales_manager)
    row = only_row(made)
    late = datetime(2027, 1, 4, 9, tzinfo=UTC)
    with clock.moment(late):
        row.refresh_from_db()
        assert row.is_late
        assert CampaignCustomer.objects.all().late().get() == row
        with nothing_changed(), pytest.raises(Denied) as refused:
            ask_campaign_customer(row, actor=matrix.account_manager, sent_to="x")
        assert (refused.value.code, refused.value.field) == ("notice_over", "effective_on")
        with nothing_changed(), pytest.raises(Denied) as refused:
            ask_campaign_customer(row, actor=matrix.account_manager, sent_to=" ", effective_on=date(2027, 4, 1))
        assert refused.value.code == "no_recipient"
        ask_campaign_customer(row, actor=matrix.account_manager, sent_to="x", effective_on=date(2027, 4, 1))
    row.refresh_from_db()
    assert (row.effective_on, row.is_late) == (date(2027, 4, 1), False)
    assert Job.objects.filter(kind="orders.keep_campaign_letter").count() == 1


def test_an_objection_is_overruled_only_with_a_reason(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    agreement(line(ProductFactory(), 10), customer=matrix.acme_de)
    made = campaign(matrix)
    submit_campaign(made, actor=matrix.account_manager)
    row = only_row(made)
    with nothing_changed(), pytest.raises(Denied) as refused:
        consent_to_campaign(row, actor=matrix.area_manager_de, consents=False)
    assert refused.value.field == "note"
    consent_to_campaign(row, actor=matrix.area_manager_de, consents=False, note="They are about to leave us")
    assert Notification.objects.filter(kind="campaign_objected", reader=matrix.account_manager).exists()
    with nothing_changed(), pytest.raises(Denied) as refused:
        approve_campaign(made, actor=matrix.sales_manager)
    assert refused.value.code == "reason_needed"
    approve_campaign(made, actor=matrix.sales_manager, reason="Agreed with the management")
    made.refresh_from_db()
    assert made.status == "approved"


def test_an_area_manager_answers_for_all_of_their_customers_at_once(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    product = ProductFactory()
    for plant in (matrix.acme_de_plant, matrix.acme_us_plant):
        agreement(line(product, 10), plant=plant)
    agreement(line(ProductFactory(), 12), customer=matrix.acme_de)
    made = campaign(matrix)
    submit_campaign(made, actor=matrix.account_manager)
    for person in (matrix.account_manager, matrix.sales_manager, matrix.account_manager2):
        with nothing_changed(), pytest.raises(Denied):
            consent_to_whole_campaign(made, actor=person)
    with nothing_changed(), pytest.raises(Denied) as refused:
        consent_to_whole_campaign(made, actor=matrix.area_manager_de, consents=False)
    assert refused.value.field == "note"
    address = f"/price-campaigns/{made.pk}/"
    client = client_for(matrix.area_manager_de)
    assert f"{address}consent/" in client.get(address).content.decode()
    assert client.post(f"{address}consent/", {"consents": "yes", "note": ""}).status_code == 302
    assert f"{address}consent/" not in client.get(address).content.decode()
    said = {row.holder.code: [one.verdict for one in row.consents.all()] for row in made.customers.all()}
    assert said == {
        matrix.acme_de_plant.code: ["agreed"],
        matrix.acme_us_plant.code: ["asked"],
        matrix.acme_de.code: ["agreed"],
    }
    assert to_do(made, "consent_to_campaign").assignee == matrix.area_manager_us
    with nothing_changed(), pytest.raises(Denied) as refused:
        consent_to_whole_campaign(made, actor=matrix.area_manager_de)
    assert refused.value.code == "not_asked"


def test_a_price_that_another_running_campaign_asks_for_is_marked(matrix: Matrix) -> None:
    agreement(line(ProductFactory(), 10), customer=matrix.acme_de)
    first = campaign(matrix)
    alone = only_row(first)
    assert [one.also_in for one in changes_of(alone, alone.lines.for_list())] == [""]
    second = campaign(matrix, title="Energy 2027")
    assert [one.also_in for one in changes_of(alone, alone.lines.for_list())] == ["Energy 2027"]
    page = client_for(matrix.account_manager).get(f"/price-campaigns/customers/{alone.pk}/").content.decode()
    assert "Also in the campaign Energy 2027" in page
    submit_campaign(second, actor=matrix.account_manager)
    withdraw_campaign(second, actor=matrix.account_manager, reason="One is enough")
    assert [one.also_in for one in changes_of(alone, alone.lines.for_list())] == [""]


def test_silence_is_no_objection(matrix: Matrix) -> None:
    agreement(line(ProductFactory(), 10), customer=matrix.acme_de)
    made = campaign(matrix)
    submit_campaign(made, actor=matrix.account_manager)
    silence(made)
    approve_campaign(made, actor=matrix.sales_manager)
    assert only_row(made).consents.get().verdict == "silent"
    assert not WorkItem.objects.open().filter(kind="consent_to_campaign").exists()


def test_a_draft_is_changed_and_sent_back(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    product = ProductFactory()
    agreement(line(product, 10), customer=matrix.acme_it)
    agreement(line(product, 11), customer=matrix.acme_de)
    made = campaign(matrix)
    special = made.customers.get(customer=matrix.acme_de)
    edit_campaign_customer(special, actor=matrix.account_manager, asked=Decimal(2))
    made.refresh_from_db()
    edit_campaign(made, actor=matrix.account_manager, percentage=Decimal(4))
    assert sorted(made.customers.values_list("asked", flat=True)) == [Decimal(2), Decimal(4)]
    made.refresh_from_db()
    version = made.version
    edit_campaign(made, actor=matrix.account_manager, percentage=Decimal("4.00"))
    made.refresh_from_db()
    assert made.version == version, "the same again writes nothing"
    leave_out_campaign_customer(special, actor=matrix.account_manager, reason="A tender is running")
    submit_campaign(made, actor=matrix.account_manager)
    with nothing_changed(), pytest.raises(Denied) as refused:
        edit_campaign(made, actor=matrix.account_manager, percentage=Decimal(3))
    assert refused.value.code == "campaign_kept"
    with nothing_changed(), pytest.raises(Denied) as refused:
        edit_campaign_customer(only_planned(made), actor=matrix.account_manager, asked=Decimal(3))
    assert refused.value.code == "campaign_kept"
    with nothing_changed(), pytest.raises(Denied):
        return_campaign(made, actor=matrix.sales_manager)
    return_campaign(made, actor=matrix.sales_manager, reason="Too much")
    made.refresh_from_db()
    assert made.status == "draft"
    assert not WorkItem.objects.on(made).open().exists()
    with nothing_changed(), pytest.raises(Denied):
        discard_campaign(made, actor=matrix.account_manager)
    other = campaign(matrix)
    discard_campaign(other, actor=matrix.account_manager)
    assert not PriceCampaign.objects.filter(pk=other.pk).exists()


def only_planned(made: PriceCampaign) -> CampaignCustomer:
    """The one customer who is still to be asked."""
    found: CampaignCustomer = made.customers.get(status="planned")
    return found


def test_a_refusal_says_why_and_may_still_become_an_agreement(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    agreement(line(ProductFactory(), 10), customer=matrix.acme_it)
    row = asked(matrix)
    with nothing_changed(), pytest.raises(Denied) as refused:
        refuse_campaign_customer(row, actor=matrix.account_manager)
    assert refused.value.field == "refusal"
    with nothing_changed(), pytest.raises(Denied) as refused:
        note_campaign_answer(row, actor=matrix.account_manager)
    assert refused.value.code == "answer_needed"
    with nothing_changed(), pytest.raises(Denied) as refused:
        refuse_campaign_customer(row, actor=matrix.account_manager, refusal="No", decided_on=TODAY + timedelta(days=1))
    assert refused.value.code == "day_to_come"
    refuse_campaign_customer(row, actor=matrix.account_manager, refusal="A competitor is cheaper")
    row.refresh_from_db()
    assert (row.status, row.decided_on) == ("refused", TODAY)
    assert not PriceAgreement.objects.exclude(replaces=None).exists()
    agree_campaign_customer(row, actor=matrix.account_manager, agreed=Decimal(1))
    row.refresh_from_db()
    assert (row.status, row.refusal) == ("agreed", "")


def test_a_price_that_changed_meanwhile_is_not_written_twice(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    product = ProductFactory()
    old = agreement(line(product, 10), customer=matrix.acme_it)
    row = asked(matrix)
    AgreementLine.objects.filter(agreement=old).update(period=period(date(2026, 1, 1), date(2027, 1, 31)))
    agreement(line(product, 12), customer=matrix.acme_it, first_day=date(2027, 2, 1))
    with nothing_changed(), pytest.raises(Denied) as refused:
        agree_campaign_customer(row, actor=matrix.account_manager)
    assert refused.value.code == "agreement_overlaps"


def test_withdrawing_ends_what_is_open(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    agreement(line(ProductFactory(), 10), customer=matrix.acme_it)
    row = asked(matrix)
    withdraw_campaign(row.campaign, actor=matrix.account_manager, reason="Prices fell again")
    row.refresh_from_db()
    with nothing_changed(), pytest.raises(Denied) as refused:
        agree_campaign_customer(CampaignCustomer.objects.get(pk=row.pk), actor=matrix.account_manager)
    assert refused.value.code == "campaign_not_approved"


def test_who_reads_and_writes_follows_from_the_agreements(matrix: Matrix) -> None:
    agreement(line(ProductFactory(), 10), customer=matrix.acme_de, location=matrix.germany)
    agreement(line(ProductFactory(), 10), customer=matrix.acme_it)
    agreement(line(ProductFactory(), 10), plant=matrix.beta_plant, location=matrix.germany)
    made = campaign(matrix, by=matrix.sales_manager)
    assert made.customers.count() == 3
    seen = {
        person: CampaignCustomer.objects.visible_to(getattr(matrix, person)).count()
        for person in ("account_manager", "account_manager2", "area_manager_de", "area_manager_us", "finance_it", "nobody")
    }
    assert seen == {
        "account_manager": 2, "account_manager2": 1, "area_manager_de": 2, "area_manager_us": 0, "finance_it": 0, "nobody": 0,
    }  # fmt: skip
    assert not PriceCampaign.objects.permitted(matrix.account_manager, "orders.submit_campaign").exists(), "not all are theirs"
    assert CampaignCustomer.objects.permitted(matrix.area_manager_de, "orders.ask_campaign_customer").count() == 1
    assert CampaignLine.objects.visible_to(matrix.account_manager2).count() == 1
    own = campaigned(matrix.germany, by=matrix.area_manager_de)
    assert only_row(own).plant == matrix.beta_plant, "an area manager changes what they may agree"


def test_the_letter_says_every_price_and_how_it_came_about(matrix: Matrix) -> None:
    matrix.acme_it.language = "it"
    matrix.acme_it.save()
    product = ProductFactory(code="KP-9")
    agreement(line(product, "10.00"), line(ProductFactory(), steps=[(1, 4), (100, 3)], scale="from"), customer=matrix.acme_it)
    made = campaign(matrix)
    contents = campaign_letter(str(only_row(made).pk), actor=matrix.account_manager)
    assert (contents.language, contents.draft) == ("it", True)
    first, second = contents.data["lines"]
    assert (first["code"], first["before"], first["after"]) == ("KP-9", "10,00 EUR", "10,50 EUR")
    assert second["after"].splitlines() == ["1 = 4,20 EUR", "100 = 3,15 EUR"]
    assert contents.data["addressee"][0] == "ACME Italia S.p.A."
    assert contents.data["computation"][1]
    assert "cost" not in str(contents.data).lower()
    with pytest.raises(Denied):
        campaign_letter(str(only_row(made).pk), actor=matrix.account_manager2)


def test_the_letter_is_kept_as_it_was_sent(matrix: Matrix) -> None:
    agreement(
        line(ProductFactory(), "10.00"), line(ProductFactory(), steps=[(1, 4), (100, 3)], scale="from"), customer=matrix.acme_it
    )
    row = asked(matrix)
    job = Job.objects.get(kind="orders.keep_campaign_letter")
    assert run_job(job.pk) == "done"
    paper = kept_letter(row)
    assert paper is not None
    assert paper.file.read(4) == b"%PDF"
    assert (paper.number, "buyer@acme.example" in paper.title) == (row.campaign.number, True)
    assert keep_again(job, None) == {"kept": 0}


def test_its_pages_show_what_there_is(matrix: Matrix, client: Any) -> None:
    steel = PriceIndex.objects.create(code="HRC", name_en="Steel", currency="EUR", source="Euromet")
    for month, value in ((1, "0.640"), (10, "0.720")):
        IndexValue.objects.create(index=steel, day=date(2026, month, 1), value=Decimal(value))
    product = ProductFactory(code="KP-77")
    agreement(line(product, "10.25"), customer=matrix.acme_de)
    known = {"basis": "index", "percentage": None, "index": steel, "share": Decimal(40)}
    made = campaign(matrix, **known, index_from=date(2026, 1, 1), index_to=date(2026, 10, 1))
    submit_campaign(made, actor=matrix.account_manager)
    row = only_row(made)
    consent_to_campaign(row, actor=matrix.area_manager_de, consents=False, note="They are about to leave us")
    client.force_login(matrix.account_manager, backend="allauth.account.auth_backends.AuthenticationBackend")
    page = client.get(made.get_absolute_url()).content.decode()
    assert "They are about to leave us" in page
    assert "+12.50" in page
    detail = client.get(row.get_absolute_url()).content.decode()
    for words in ("KP-77", "10.76", "Consent of the area managers", made.title):
        assert words in detail, words
    listed = client.get(f"/price-campaigns/prices/?campaign={made.pk}").content.decode()
    assert "10.76" in listed
    assert made.title in client.get(f"/customers/{matrix.acme_de.pk}/price-campaigns/").content.decode()
    assert "price-campaigns" in client.get("/search/?q=Materials").content.decode()
