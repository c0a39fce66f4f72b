"""What of agreed prices goes beyond their author's limits: price agreements and price campaigns, judged like offers, decided at the level."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.models import Department
from kam.core import clock
from kam.core.formats import NARROW
from kam.core.parameters import ParameterValue, set_parameter
from kam.core.work_items import WorkItem
from kam.core.workflow import Denied
from orders.actions import (
    agree_agreement_terms,
    agree_campaign_customer,
    approve_agreement,
    approve_campaign,
    ask_campaign_customer,
    create_agreement,
    create_campaign,
    edit_agreement,
    edit_campaign_customer,
    give_consent,
    leave_out_campaign_customer,
    refuse_agreement_terms,
    return_agreement,
    return_campaign,
    submit_agreement,
    submit_campaign,
)
from orders.models import PriceAgreement, PriceCampaign, PriceConsent
from orders.reports.agreement_limits import reasons_of_agreement, reasons_of_campaign
from tests.factories.campaigns import silence
from tests.factories.catalog import ProductFactory
from tests.factories.offers import payment_term, priced_product
from tests.factories.orders import SalesLineFactory
from tests.factories.prices import agreement, line
from tests.matrix import Matrix
from tests.pages import client_for
from tests.world import api_client


def unlisted() -> Any:
    """A product that costs us 9 EUR and has no list price."""
    product = priced_product()
    product.list_prices.all().delete()
    return product


def handed_in(matrix: Matrix, *lines: dict[str, Any], **values: Any) -> PriceAgreement:
    """An agreement of the account manager's with ACME Italy at the Italian location, handed in."""
    head = {"customer": matrix.acme_it, "location": matrix.italy, "currency": "EUR", "first_day": clock.today()} | values
    made: PriceAgreement = create_agreement(PriceAgreement, actor=matrix.account_manager, lines=lines, **head)
    submit_agreement(made, actor=matrix.account_manager)
    made.refresh_from_db()
    return made


def kept(record: Any) -> dict[str, tuple[int, Decimal | None, str]]:
    """Its triggers: of each the level, the figure to two decimals, and the product."""
    return {
        one["code"]: (
            one["level"], None if one["value"] is None else round(Decimal(one["value"]), 2), one.get("subject", ""),
        )
        for one in record.triggers
    }  # fmt: skip


def audience(record: Any) -> str:
    """Whom its approval was asked of."""
    found: str = WorkItem.objects.on(record).open().get(kind__startswith="approve_").audience
    return found


@pytest.mark.acceptance("AT-89")
def test_the_worst_price_decides_and_another_price_is_approved_anew(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    good, cheap = priced_product(25), priced_product(25)
    made = handed_in(matrix, line(good, 24), line(cheap, 17))
    # 17 lies 32 % below the list, and 2.857 % below the floor of 17.50
    assert kept(made) == {
        "discount": (2, Decimal(32), cheap.code),
        "floor_price": (2, Decimal("2.86"), cheap.code),
    }
    assert (made.level, audience(made)) == (2, "role:management")
    assert WorkItem.objects.on(made).open().get().excluded == [matrix.account_manager.pk]
    with nothing_changed(), pytest.raises(Denied) as refused:
        approve_agreement(made, actor=matrix.sales_manager)
    assert (refused.value.code, refused.value.status) == ("higher_level", 403)
    assert "Management" in str(refused.value)
    with nothing_changed(), pytest.raises(Denied, match="handed in"):
        edit_agreement(made, actor=matrix.account_manager, lines=[line(good, 24)])

    return_agreement(made, actor=matrix.management, reason="Too low")
    made.refresh_from_db()
    assert (made.level, made.triggers) == (0, [])
    assert not WorkItem.objects.on(made).open().exists()
    edit_agreement(made, actor=matrix.account_manager, lines=[line(good, 24), line(cheap, 22)])
    submit_agreement(made, actor=matrix.account_manager)
    made.refresh_from_db()
    assert kept(made) == {"discount": (1, Decimal(12), cheap.code)}
    assert (made.level, audience(made)) == (1, "role:sales_manager")
    approve_agreement(made, actor=matrix.sales_manager)
    made.refresh_from_db()
    assert (made.status, made.level, list(kept(made))) == ("active", 1, ["discount"]), "what was approved is kept"
    with nothing_changed(), pytest.raises(Denied, match="takes its place"):
        edit_agreement(made, actor=matrix.account_manager, lines=[line(cheap, 17)])


def test_a_price_counts_at_the_lowest_that_it_ever_comes_to(matrix: Matrix) -> None:
    product = unlisted()
    assert kept(handed_in(matrix, line(product, 14))) == {}, "9 of 14 leave 35.7 %"
    within = handed_in(matrix, line(unlisted(), 14))
    assert (within.level, audience(within)) == (1, "role:sales_manager"), "a price agreement always has a second person (W3)"
    assert kept(handed_in(matrix, line(unlisted(), 13)))["margin"][:2] == (1, Decimal("30.77"))
    scaled = line(unlisted(), steps=[(1, 14), (100, "12.40")], scale="from")
    assert kept(handed_in(matrix, scaled))["margin"][:2] == (2, Decimal("27.42"))
    reduced = line(unlisted(), 14, reductions=[(clock.today() + timedelta(days=365), Decimal(5)), (date(2099, 1, 1), Decimal(5))])
    assert kept(handed_in(matrix, reduced))["margin"][:2] == (1, Decimal("28.77"))
    rebate = {"rebate": "retroactive", "tiers": [(Decimal(0), Decimal(1)), (Decimal(1000), Decimal(10))]}
    assert kept(handed_in(matrix, line(unlisted(), 14), **rebate))["margin"][:2] == (1, Decimal("28.57"))
    # per hundred, as its cost is per piece
    assert kept(handed_in(matrix, line(unlisted(), 1300, price_unit=100)))["margin"][:2] == (1, Decimal("30.77"))
    # without a list price the margin on the cost is the floor: 9 / 0.85
    assert set(kept(handed_in(matrix, line(unlisted(), "10.58")))) == {"margin", "floor_price"}
    assert set(kept(handed_in(matrix, line(unlisted(), "10.59")))) == {"margin"}


def test_limits_are_data_by_product_line_and_location(matrix: Matrix) -> None:
    product, other = priced_product(25), priced_product(25)
    assert kept(handed_in(matrix, line(product, 22)))["discount"][0] == 1
    for scope, value in ((f"location:{matrix.italy.pk}", ["5", "11"]), (f"product_line:{product.family.line.pk}", ["15", "20"])):
        set_parameter(ParameterValue, actor=None, key="orders.limit_discount", scope=scope, value=value)
    assert kept(handed_in(matrix, line(product, 22))) == {}
    # each price is judged by the limits of its own product line; a further one from the list does not matter there
    assert kept(handed_in(matrix, line(product, "21.25"), line(other, 22))) == {"discount": (2, Decimal(12), other.code)}
    assert kept(handed_in(matrix, line(other, 22), location=None)) == {"discount": (1, Decimal(12), other.code)}


def test_a_family_s_discount_counts_with_the_rebate_on_it(matrix: Matrix) -> None:
    family = ProductFactory().family
    discount = {"product": None, "family": family, "price": None}
    assert kept(handed_in(matrix, discount | {"discount": Decimal(10)})) == {}
    made = handed_in(matrix, discount | {"discount": Decimal(20)}, customer=matrix.acme_de)
    assert kept(made) == {"discount": (1, Decimal(20), family.code)}
    rebate = {"rebate": "retroactive", "tiers": [(Decimal(0), Decimal(15))]}
    made = handed_in(matrix, discount | {"discount": Decimal(20)}, customer=matrix.acme_us, **rebate)
    assert kept(made) == {"discount": (2, Decimal(32), family.code), "floor_price": (2, Decimal("2.86"), family.code)}


def test_terms_a_year_s_value_and_an_unknown_cost(matrix: Matrix) -> None:
    for days, level in ((75, 1), (95, 2)):
        made = handed_in(matrix, line(priced_product(), 25), payment_terms=payment_term(days).code)
        assert kept(made) == {"payment": (level, Decimal(days), "")}
    bare = ProductFactory()
    made = handed_in(matrix, line(bare, 10))
    assert (kept(made), made.level) == ({"cost_unknown": (1, None, bare.code)}, 1)

    product = priced_product()
    committed = line(product, 25, committed_quantity=Decimal(30_000))
    assert kept(handed_in(matrix, committed))["value"] == (1, Decimal(750_000), "")
    years = {"last_day": clock.today() + timedelta(days=3 * 365 - 1)}
    assert "value" not in kept(handed_in(matrix, committed, customer=matrix.acme_de, **years)), "250,000 in each of three years"
    # what was invoiced to whom it is agreed with in the last twelve whole months
    sold = priced_product()
    this_month = clock.today().replace(day=1)
    for plant, day, net in (
        (matrix.acme_it_plant, this_month - timedelta(days=1), 900_000),
        (matrix.acme_it_plant, this_month - timedelta(days=330), 200_000),
        (matrix.acme_it_plant, this_month, 5_000_000),
        (matrix.acme_it_plant, this_month - timedelta(days=400), 5_000_000),
        (matrix.acme_de_plant, this_month - timedelta(days=1), 5_000_000),
    ):
        SalesLineFactory(plant=plant, selling_location=matrix.italy, product=sold, date=day, net=Decimal(net))
    SalesLineFactory(
        plant=matrix.acme_it_plant, selling_location=matrix.germany, product=sold, date=this_month - timedelta(days=1),
        net=Decimal(5_000_000),
    )  # fmt: skip
    assert kept(handed_in(matrix, line(sold, 25))) == {"value": (2, Decimal(1_100_000), "")}
    family = line(None, family=sold.family, discount=Decimal(5))
    assert kept(handed_in(matrix, family))["value"][1] == Decimal(1_100_000)


def test_local_prices_go_to_who_decides_at_their_level_once_they_are_consented_to(
    matrix: Matrix, nothing_changed: Callable[..., Any]
) -> None:
    head = {"plant": matrix.acme_us_plant, "location": matrix.usa, "currency": "EUR", "first_day": clock.today()}
    draft = create_agreement(PriceAgreement, actor=matrix.area_manager_us, lines=[line(priced_product(25), 17)], **head)
    submit_agreement(draft, actor=matrix.area_manager_us, reason="The competitor sells at 16.90")
    draft.refresh_from_db()
    assert draft.level == 2
    give_consent(PriceConsent.objects.get(agreement=draft), actor=matrix.account_manager)
    assert audience(draft) == "role:management"
    draft.refresh_from_db()
    with nothing_changed(), pytest.raises(Denied) as refused:
        approve_agreement(draft, actor=matrix.sales_manager)
    assert refused.value.code == "higher_level"
    approve_agreement(draft, actor=matrix.management)


def test_every_trigger_is_shown_and_a_margin_only_to_who_reads_it(matrix: Matrix) -> None:
    cheap = priced_product(25)
    made = handed_in(matrix, line(cheap, 12), payment_terms=payment_term(75).code)
    codes = ["discount", "floor_price", "margin", "payment"]
    assert sorted(kept(made)) == codes
    for reader, seen in ((matrix.account_manager, True), (matrix.management, True), (matrix.finance_it, False)):
        answer = api_client(reader).get(f"/api/v1/price-agreements/{made.pk}/").json()
        told = {one["code"]: (one["figure"], one["subject"]) for one in answer["reasons"]}
        assert (answer["level"], sorted(told)) == (2, codes)
        assert told["discount"][1] == cheap.code
        assert [bool(told[code][0]) for code in ("floor_price", "margin")] == [seen, seen]
        assert bool(told["margin"][1]) is seen, "nor which product it is"
        page = client_for(reader).get(made.get_absolute_url()).content.decode()
        assert ("Below the floor price" in page, f"25.0{NARROW}%" in page) == (True, seen)
        listed = api_client(reader).get(f"/api/v1/price-agreements/?number={made.number}").json()["results"]
        assert [bool(one["figure"]) for one in listed[0]["reasons"] if one["code"] == "margin"] == [seen]
    assert [str(one.role) for one in reasons_of_agreement(made, matrix.sales_manager)][:1] == ["Management"]


def test_what_other_locations_sold_is_told_only_to_who_leads_the_account_or_oversees_all(matrix: Matrix) -> None:
    sold, last_month = priced_product(25), clock.today().replace(day=1) - timedelta(days=1)
    SalesLineFactory(
        plant=matrix.acme_de_plant, selling_location=matrix.italy, product=sold, date=last_month, net=Decimal(300_000)
    )
    made = handed_in(matrix, line(sold, 25), customer=matrix.acme_de, location=None)
    assert kept(made) == {"value": (1, Decimal(300_000), "")}
    for reader, figure in ((matrix.account_manager, "300,000"), (matrix.management, "300,000"), (matrix.area_manager_de, "")):
        answer = api_client(reader).get(f"/api/v1/price-agreements/{made.pk}/").json()
        assert [(one["code"], one["figure"]) for one in answer["reasons"]] == [("value", figure)]
        page = client_for(reader).get(made.get_absolute_url()).content.decode()
        assert ("Value of a year" in page, "300,000" in page) == (True, bool(figure))


def campaign(matrix: Matrix, **values: Any) -> PriceCampaign:
    """A campaign of the account manager's for every agreement, a year ahead."""
    known: dict[str, Any] = {"title": "Prices", "why": "The market.", "location": matrix.italy, "percentage": Decimal(-10)}
    known |= {"effective_on": clock.today() + timedelta(days=300)}
    made: PriceCampaign = create_campaign(PriceCampaign, actor=matrix.account_manager, **known | values)
    return made


def test_a_campaign_is_judged_by_the_agreements_that_it_would_make(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    steady, falling = priced_product(25), priced_product(25)
    for product, plant, price in ((steady, matrix.acme_de_plant, 25), (falling, matrix.acme_it_plant, "22.50")):
        agreement(line(product, price), plant=plant, first_day=date(2026, 1, 1))
    made = campaign(matrix)
    submit_campaign(made, actor=matrix.account_manager)
    made.refresh_from_db()
    assert kept(made) == {"discount": (1, Decimal(19), falling.code)}, "20.25 for 25"
    assert (made.level, audience(made)) == (1, "role:sales_manager")
    silence(made)
    return_campaign(made, actor=matrix.sales_manager, reason="More for Italy")
    made.refresh_from_db()
    assert (made.level, made.triggers) == (0, [])

    italian = made.customers.get(plant=matrix.acme_it_plant)
    edit_campaign_customer(italian, actor=matrix.account_manager, asked=Decimal(-25))
    submit_campaign(made, actor=matrix.account_manager)
    silence(made)
    made.refresh_from_db()
    assert kept(made) == {"discount": (2, Decimal("32.48"), falling.code), "floor_price": (2, Decimal("3.54"), falling.code)}
    assert audience(made) == "role:management"
    with nothing_changed(), pytest.raises(Denied) as refused:
        approve_campaign(made, actor=matrix.sales_manager)
    assert refused.value.code == "higher_level"
    for reader, figures, costs in (
        (matrix.account_manager, True, True),
        (matrix.management, True, True),
        (matrix.area_manager_de, False, False),
    ):
        told = {one.code: one for one in reasons_of_campaign(made, reader)}
        assert (bool(told["discount"].figure), bool(told["floor_price"].figure)) == (figures, costs)
        answer = api_client(reader).get(f"/api/v1/price-campaigns/{made.pk}/").json()
        assert (answer["level"], [bool(one["figure"]) for one in answer["reasons"]]) == (2, [figures, costs])
        page = client_for(reader).get(made.get_absolute_url()).content.decode()
        assert ("Below the floor price" in page, falling.code in page) == (True, figures)
    approve_campaign(made, actor=matrix.management)

    # what a customer agrees to is judged by itself
    ask_campaign_customer(italian, actor=matrix.account_manager, sent_to="buyer@acme.example")
    agree_campaign_customer(italian, actor=matrix.account_manager, agreed=Decimal(-10))
    new = PriceAgreement.objects.get(replaces__plant=matrix.acme_it_plant)
    assert (kept(new), new.level) == ({"discount": (1, Decimal(19), falling.code)}, 1)


def test_who_is_left_out_of_a_campaign_does_not_count(matrix: Matrix) -> None:
    low = agreement(line(priced_product(25), 18), plant=matrix.acme_it_plant)
    agreement(line(priced_product(25), 25), plant=matrix.acme_de_plant)
    made = campaign(matrix, percentage=Decimal(-5))
    leave_out_campaign_customer(made.customers.get(plant=low.plant), actor=matrix.account_manager, reason="A tender")
    submit_campaign(made, actor=matrix.account_manager)
    made.refresh_from_db()
    assert (kept(made), made.level) == ({}, 1)


def test_finance_agrees_to_long_terms_of_an_agreement_first(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    finance, leader = matrix.finance_it, matrix.account_manager
    made = handed_in(matrix, line(priced_product(25), 24), payment_terms=payment_term(75).code)
    item = WorkItem.objects.on(made).open().get()
    department = Department.objects.get(location=matrix.italy, function="finance")
    assert (item.kind, item.audience, item.excluded) == ("agree_offer_terms", department.audience, [leader.pk])
    assert [str(one.role) for one in reasons_of_agreement(made, leader)] == ["Sales manager, after finance"]
    for act, actor, values, code in (
        (approve_agreement, matrix.sales_manager, {}, "finance_missing"),
        (agree_agreement_terms, leader, {}, "not_permitted"),
        (refuse_agreement_terms, finance, {"reason": " "}, "reason_needed"),
    ):
        with nothing_changed(), pytest.raises(Denied) as refused:
            act(made, actor=actor, **values)
        assert refused.value.code == code
    with pytest.raises(IntegrityError), transaction.atomic():
        PriceAgreement.objects.filter(pk=made.pk).update(finance_by=leader, finance_at=made.submitted_at)
    page = client_for(finance).get(made.get_absolute_url()).content.decode()
    assert "Agree to the terms" in page and "Refuse the terms" in page

    refuse_agreement_terms(made, actor=finance, reason="Sixty days at most without a guarantee")
    made.refresh_from_db()
    assert (made.status, made.level, made.triggers) == ("draft", 0, [])
    assert not WorkItem.objects.on(made).open().exists()
    submit_agreement(made, actor=leader)
    answer = api_client(finance).post(f"/api/v1/price-agreements/{made.pk}/agree-terms/", {}, format="json")
    assert (answer.status_code, answer.json()["finance_by"], answer.json()["status"]) == (200, finance.pk, "in_approval")
    made.refresh_from_db()
    assert audience(made) == "role:sales_manager", "now the decision is asked for"
    with nothing_changed(), pytest.raises(Denied) as twice:
        agree_agreement_terms(made, actor=finance)
    assert twice.value.code == "no_terms"
    return_agreement(made, actor=matrix.sales_manager, reason="Too long all the same")
    edit_agreement(made, actor=leader, payment_terms=payment_term(95).code)
    submit_agreement(made, actor=leader)
    made.refresh_from_db()
    assert (made.finance_by, made.level, made.waits_for_finance) == (None, 2, True), "other terms are agreed to anew"
    agree_agreement_terms(made, actor=finance)
    assert audience(made) == "role:management"
    approve_agreement(made, actor=matrix.management)

    everywhere = handed_in(matrix, line(priced_product(25), 24), location=None, payment_terms=payment_term(75).code)
    assert WorkItem.objects.on(everywhere).open().get(kind="agree_offer_terms").audience == "role:finance"
    PriceAgreement.objects.filter(pk=everywhere.pk).update(submitted_by=finance)
    everywhere.refresh_from_db()
    with nothing_changed(), pytest.raises(Denied) as own:
        agree_agreement_terms(everywhere, actor=finance)
    assert own.value.code == "own_agreement"
