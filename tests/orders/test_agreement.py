"""Price agreements: drafted, handed in, approved by somebody else, changed only by a new one, ended; and who is warned."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from kam.core import clock
from kam.core.notifications import Notification
from kam.core.work_items import WorkItem
from kam.core.workflow import Denied, Refusals
from kam.search import search_everything
from orders.actions import (
    approve_agreement,
    create_agreement,
    discard_agreement,
    edit_agreement,
    give_opinion,
    return_agreement,
    revise_agreement,
    submit_agreement,
    terminate_agreement,
)
from orders.actions.agreed import overlap, refuse_overlap, unnamed_overlap, warn
from orders.models import AgreementLine, PriceAgreement
from orders.models.agreements import may_agree
from tests.factories.catalog import ProductFactory, ProgrammeFactory
from tests.factories.prices import agreement, line
from tests.matrix import Matrix

FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)


def drafted(matrix: Matrix, product: Any, **values: Any) -> PriceAgreement:
    """A draft of the account manager's with ACME Italy."""
    head = {"customer": matrix.acme_it, "currency": "EUR", "first_day": FIRST, "lines": [line(product, 10)]}
    made: PriceAgreement = create_agreement(PriceAgreement, actor=matrix.account_manager, **head | values)
    return made


def test_the_life_of_an_agreement(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    product = ProductFactory()
    draft = drafted(matrix, product, last_day=LAST)
    assert (draft.standing, draft.number, draft.lines.get().agreed) == ("draft", "", False)
    version = draft.version
    edit_agreement(draft, actor=matrix.account_manager, reference="", lines=[line(product, 10)])
    draft.refresh_from_db()
    assert draft.version == version, "the same again writes nothing"
    edit_agreement(draft, actor=matrix.account_manager, lines=[line(product, 11)])
    submit_agreement(draft, actor=matrix.account_manager)
    draft.refresh_from_db()
    assert draft.standing == "in_approval"
    assert draft.number.startswith("PA-ALL-")
    item = WorkItem.objects.on(draft).open().get()
    assert item.excluded == [matrix.account_manager.pk]
    with nothing_changed(), pytest.raises(Denied) as refused:
        approve_agreement(draft, actor=matrix.account_manager)
    assert refused.value.status == 403
    with nothing_changed(), pytest.raises(Denied, match="handed in"):
        edit_agreement(draft, actor=matrix.account_manager, lines=[line(product, 12)])
    with nothing_changed(), pytest.raises(Denied, match="different"):
        return_agreement(draft, actor=matrix.sales_manager)
    return_agreement(draft, actor=matrix.sales_manager, reason="Too low")
    draft.refresh_from_db()
    assert draft.standing == "draft"
    assert not WorkItem.objects.on(draft).open().exists()
    number = draft.number
    with nothing_changed(), pytest.raises(Denied):
        discard_agreement(draft, actor=matrix.account_manager)
    submit_agreement(draft, actor=matrix.account_manager)
    approve_agreement(draft, actor=matrix.sales_manager)
    draft.refresh_from_db()
    assert (draft.number, draft.approved_by) == (number, matrix.sales_manager)
    assert draft.lines.get().agreed
    told = Notification.objects.filter(kind="agreement_decided", reader=matrix.account_manager)
    assert told.count() == 2
    assert "approved" in told.order_by("pk").last().subject


def test_who_hands_in_does_not_approve_whatever_their_role(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    product = ProductFactory()
    draft = create_agreement(
        PriceAgreement,
        actor=matrix.sales_manager,
        customer=matrix.beta,
        currency="EUR",
        first_day=FIRST,
        lines=[line(product, 9)],
    )
    submit_agreement(draft, actor=matrix.sales_manager)
    with nothing_changed(), pytest.raises(Denied) as refused:
        approve_agreement(draft, actor=matrix.sales_manager)
    assert (refused.value.code, refused.value.status) == ("own_agreement", 403)
    give_opinion(draft, actor=matrix.area_manager_de)
    approve_agreement(draft, actor=matrix.management)


@pytest.mark.acceptance("AT-88")
def test_two_agreements_of_one_key_never_overlap(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    product = ProductFactory()
    first = agreement(line(product, 10), customer=matrix.acme_it, first_day=FIRST, last_day=LAST)
    draft = drafted(matrix, product, first_day=LAST)  # one day of both
    with nothing_changed(), pytest.raises(Denied) as refused:
        submit_agreement(draft, actor=matrix.account_manager)
    assert refused.value.code == "agreement_overlaps"
    assert first.number in str(refused.value)
    assert product.code in str(refused.value)
    edit_agreement(draft, actor=matrix.account_manager, first_day=LAST + timedelta(days=1))
    submit_agreement(draft, actor=matrix.account_manager)
    approve_agreement(draft, actor=matrix.sales_manager)
    assert AgreementLine.objects.filter(agreed=True).count() == 2
    # another key: a plant of the same company, another currency, another product
    for values in (
        {"customer": None, "plant": matrix.acme_it_plant},
        {"currency": "USD"},
        {"lines": [line(ProductFactory(), 1)]},
    ):
        submit_agreement(drafted(matrix, product, **values), actor=matrix.account_manager)
    # the name of the other one is for those who may see it
    other = first.lines.get()
    assert first.number in str(overlap(other, matrix.account_manager).message)
    hidden = overlap(other, matrix.account_manager2)
    assert (hidden.code, str(hidden.message)) == ("agreement_overlaps", str(unnamed_overlap().message))
    assert first.number not in str(hidden.message)


def test_the_database_itself_keeps_two_prices_apart_and_what_was_agreed(db: None) -> None:
    product, made = ProductFactory(), agreement()
    first = agreement(line(product, 10), customer=made.customer)
    with pytest.raises(IntegrityError), transaction.atomic():
        agreement(line(product, 10), customer=made.customer, first_day=date(2026, 6, 1))
    for change in ({"price": 11}, {"product": ProductFactory().pk}, {"decimals": 3}):
        with pytest.raises(DatabaseError), transaction.atomic():
            first.lines.update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        first.lines.all().delete()
    with pytest.raises(DatabaseError), transaction.atomic():
        PriceAgreement.objects.filter(pk=first.pk).update(currency="USD")
    with pytest.raises(DatabaseError), transaction.atomic():
        PriceAgreement.objects.filter(pk=first.pk).delete()
    with pytest.raises(IntegrityError), transaction.atomic():
        PriceAgreement.objects.filter(pk=first.pk).update(approved_by=first.submitted_by)


def test_a_change_is_a_new_agreement(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    one, other = ProductFactory(), ProductFactory()
    before = agreement(
        line(one, 10), line(other, None, scale="from", steps=[(1, "5.00"), (100, "4.55")]), customer=matrix.acme_it
    )
    july = date(2026, 7, 1)
    with nothing_changed(), pytest.raises(Denied, match="begin later"):
        revise_agreement(before, actor=matrix.account_manager, first_day=FIRST)
    draft = revise_agreement(before, actor=matrix.account_manager, first_day=july, change=Decimal(3))
    assert [row.price or row.step_prices for row in draft.lines.all()] == [Decimal("10.30"), [Decimal("5.15"), Decimal("4.69")]]
    edit_agreement(draft, actor=matrix.account_manager, lines=[line(one, "10.30")])
    submit_agreement(draft, actor=matrix.account_manager)
    assert before.lines.filter(period__endswith__isnull=True).count() == 2, "what holds goes on until the approval"
    approve_agreement(draft, actor=matrix.sales_manager)
    before.refresh_from_db()
    assert [row.last_day for row in before.lines.all()] == [date(2026, 6, 30), None]
    assert (before.ending, before.last_day) == ("", None), "the other product goes on at its price"
    second = revise_agreement(before, actor=matrix.account_manager, first_day=july + timedelta(days=31))
    edit_agreement(second, actor=matrix.account_manager, lines=[line(other, 4)])
    submit_agreement(second, actor=matrix.account_manager)
    approve_agreement(second, actor=matrix.sales_manager)
    before.refresh_from_db()
    assert (before.ending, before.last_day) == ("replaced", date(2026, 7, 31))
    assert [row.price for row in before.lines.all()] == [Decimal(10), None]


def test_an_agreement_ends_early_with_a_reason(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    today, product = clock.today(), ProductFactory()
    made = agreement(line(product, 10), customer=matrix.acme_it, first_day=today - timedelta(days=30))
    for values in ({"reason": ""}, {"reason": "Lost", "last_day": today - timedelta(days=1)}):
        with nothing_changed(), pytest.raises(Denied):
            terminate_agreement(made, actor=matrix.account_manager, **values)
    terminate_agreement(made, actor=matrix.account_manager, reason="Lost", last_day=today + timedelta(days=10))
    made.refresh_from_db()
    assert (made.ending, made.standing, made.lines.get().last_day) == ("terminated", "expiring", today + timedelta(days=10))
    later = agreement(line(product, 9), customer=matrix.acme_it, first_day=today + timedelta(days=60))
    terminate_agreement(later, actor=matrix.account_manager, reason="Called off")
    later.refresh_from_db()
    assert (later.standing, later.lines.get().agreed) == ("terminated", False)
    with nothing_changed(), pytest.raises(Denied, match="over already"):
        terminate_agreement(later, actor=matrix.account_manager, reason="Again")


WRONG: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "inverted days": ({"last_day": FIRST - timedelta(days=1)}, {}),
    "no currency": ({"currency": "XXY"}, {}),
    "zero": ({}, {"price": Decimal(0)}),
    "negative": ({}, {"price": Decimal(-1)}),
    "scale out of order": (
        {},
        {"price": None, "scale": "from", "steps": [(Decimal(100), Decimal(9)), (Decimal(1), Decimal(10))]},
    ),
    "step twice": ({}, {"price": None, "scale": "to", "steps": [(Decimal(5), Decimal(9)), (Decimal(5), Decimal(10))]}),
    "step at zero": ({}, {"price": None, "scale": "interval", "steps": [(Decimal(5), Decimal(0))]}),
    "step too fine": ({}, {"price": None, "scale": "from", "steps": [(Decimal(5), Decimal("0.000001"))]}),
    "scale without steps": ({}, {"price": None, "scale": "to"}),
    "steps without scale": ({}, {"price": None, "steps": [(Decimal(1), Decimal(1))]}),
    "price and discount": ({}, {"discount": Decimal(3)}),
    "neither": ({}, {"price": None}),
    "reductions out of order": ({}, {"reductions": [(date(2027, 1, 1), Decimal(3)), (FIRST, Decimal(3))]}),
    "reduction of everything": ({}, {"reductions": [(FIRST, Decimal(100))]}),
    "unreduced above the price": ({}, {"unreduced": Decimal(11)}),
    "half of the tooling": ({}, {"tooling_cost": Decimal(100)}),
}


def test_bad_input_is_refused_whole(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    product = ProductFactory()
    twice = {"lines": [line(product, 10), line(product, 11)]}
    programme = ProgrammeFactory(customer=matrix.beta)
    cases: list[dict[str, Any]] = [{"lines": [line(product, 10) | own]} | head for head, own in WRONG.values()]
    cases += [{"group": matrix.acme}, {"lines": [line(product, 10, family=product.family)]}]
    cases += [twice, {"programme": programme}, {"customer": None}]
    with nothing_changed():
        for values in cases:
            with pytest.raises(Denied):
                drafted(matrix, product, **values)
    other = ProductFactory()
    with nothing_changed(), pytest.raises(Refusals) as refused:
        drafted(matrix, product, lines=[line(product, -1), line(other, None)])
    assert {one.field for one in refused.value.refusals} == {"lines.0.price", "lines.1.price"}
    empty = drafted(matrix, product, lines=[])
    with nothing_changed(), pytest.raises(Denied, match="at least one"):
        submit_agreement(empty, actor=matrix.account_manager)
    discard_agreement(empty, actor=matrix.account_manager)


def test_who_drafts_for_whom(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    product = ProductFactory()
    head = {"currency": "EUR", "first_day": FIRST, "lines": [line(product, 10)]}
    create = lambda actor, **values: create_agreement(PriceAgreement, actor=actor, **head | values)  # noqa: E731
    create(matrix.account_manager, group=matrix.acme)
    create(matrix.account_manager, plant=matrix.acme_us_plant)
    create(matrix.area_manager_de, plant=matrix.beta_plant, location=matrix.germany)
    refused = (
        (matrix.account_manager, {"customer": matrix.beta}),
        (matrix.account_manager2, {"group": matrix.acme}),
        (matrix.area_manager_de, {"plant": matrix.beta_plant}),
        (matrix.area_manager_de, {"customer": matrix.beta}),
        (matrix.area_manager_de, {"plant": matrix.acme_us_plant, "location": matrix.germany}),
        (matrix.area_manager_de, {"plant": matrix.acme_de_plant, "location": matrix.italy}),
        (matrix.back_office_it, {"plant": matrix.acme_it_plant}),
    )
    with nothing_changed():
        for actor, values in refused:
            with pytest.raises(Denied) as denied:
                create(actor, **values)
            assert denied.value.status == 403
            made = PriceAgreement(**{"location": None} | values)
            assert not may_agree(made, actor, "orders.create_agreement")


def test_who_reads_which_agreement(matrix: Matrix) -> None:
    product = ProductFactory()
    rows = {
        "group": agreement(line(product, 1), group=matrix.acme),
        "company": agreement(line(product, 1), customer=matrix.acme_de),
        "plant": agreement(line(product, 1), plant=matrix.acme_us_plant),
        "italy": agreement(line(product, 1), plant=matrix.acme_de_plant, location=matrix.italy),
        "beta": agreement(line(product, 1), customer=matrix.beta),
    }
    seen = {
        "account_manager": {"group", "company", "plant", "italy"},
        "account_manager2": {"beta"},
        "area_manager_de": {"group", "company", "beta"},
        "area_manager_us": {"group", "plant"},
        "back_office_it": {"group", "company", "plant", "italy"},
        "technical_it": set(),
        "sales_manager": set(rows),
        "nobody": set(),
    }
    for name, expected in seen.items():
        user = getattr(matrix, name)
        visible = set(PriceAgreement.objects.visible_to(user).values_list("pk", flat=True))
        assert {kind for kind, row in rows.items() if row.pk in visible} == expected, name
        lines = set(AgreementLine.objects.visible_to(user).values_list("agreement", flat=True))
        assert lines == visible, name


def test_a_programme_belongs_to_its_company(matrix: Matrix) -> None:
    programme = ProgrammeFactory(customer=matrix.acme_it)
    made = drafted(matrix, ProductFactory(), customer=None, programme=programme)
    assert made.customer == matrix.acme_it
    assert made.holder == programme


def test_each_warning_comes_once(matrix: Matrix) -> None:
    today = clock.today()
    ends = {
        days: agreement(line(ProductFactory(), 1), customer=matrix.beta, last_day=today + timedelta(days=days))
        for days in (90, 91, 45, 5)
    }
    agreement(line(ProductFactory(), 1), group=matrix.acme, last_day=today + timedelta(days=60))
    assert warn() == 4
    assert warn() == 0
    told = Notification.objects.filter(kind="agreement_expires").order_by("pk")
    assert {row.reader for row in told.filter(object_id__in=[one.pk for one in ends.values()])} == {matrix.account_manager2}
    assert told.exclude(object_id__in=[one.pk for one in ends.values()]).get().reader == matrix.account_manager
    assert {row.occasion.split()[1] for row in told} == {"90", "60", "30"}
    assert not told.filter(object_id=ends[91].pk).exists()
    with clock.moment(clock.now() + timedelta(days=16)):
        assert warn() == 2, "45 days left became 29, 91 became 75"
        assert {one.standing for one in PriceAgreement.objects.in_standing("expired")} == {"expired"}


def test_the_standing_of_the_list_is_that_of_the_page(matrix: Matrix) -> None:
    today = clock.today()
    day = lambda distance: today + timedelta(days=distance)  # noqa: E731
    for first, last in ((-10, None), (-10, 20), (-30, -1), (5, None)):
        agreement(
            line(ProductFactory(), 1),
            customer=matrix.beta,
            first_day=day(first),
            last_day=day(last) if last is not None else None,
        )
    agreement(status="draft")
    agreement(line(ProductFactory(), 1), status="in_approval")
    terminate_agreement(PriceAgreement.objects.in_standing("future").get(), actor=matrix.sales_manager, reason="No")
    for one in PriceAgreement.objects.for_list():
        found = [
            name
            for name in ("draft", "in_approval", "future", "active", "expiring", "expired", "replaced", "terminated")
            if PriceAgreement.objects.in_standing(name).filter(pk=one.pk).exists()
        ]
        assert found == [one.standing]


def test_an_overlap_of_two_approvals_at_once_is_refused_in_words(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    product = ProductFactory()
    two = [agreement(line(product, 10), customer=matrix.beta, status="in_approval") for _turn in range(2)]
    approve_agreement(two[0], actor=matrix.sales_manager)
    with nothing_changed(), pytest.raises(Denied) as refused:
        approve_agreement(two[1], actor=matrix.sales_manager)
    assert refused.value.code == "agreement_overlaps"
    refuse_overlap(two[0], matrix.sales_manager)


def test_an_agreement_is_found_by_its_number_and_the_customers_reference(matrix: Matrix) -> None:
    made = agreement(line(ProductFactory(), 5), customer=matrix.beta, reference="Rahmenvertrag 2026/77")
    for typed in (made.number, "rahmenvertrag 77"):
        found = search_everything(matrix.account_manager2, typed, limit=10)
        assert [hit.title for part in found for hit in part.hits if part.search.kind == "agreement"] == [str(made)]
        for other in (matrix.account_manager, matrix.area_manager_us, matrix.technical_it, matrix.nobody):
            assert search_everything(other, typed, limit=10) == []
