"""Offers: priced by the engine, approved by who may, sent and kept, revised, accepted or lost; and what nobody may do."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from accounts.models import Department
from kam.core import clock
from kam.core.documents import Document
from kam.core.jobs import Job
from kam.core.jobs import run as run_job
from kam.core.notifications import Notification
from kam.core.periods import period
from kam.core.work_items import WorkItem
from kam.core.workflow import Denied, Refusals
from orders.actions import (
    accept_offer,
    approve_offer,
    copy_offer,
    create_offer,
    discard_offer,
    edit_offer,
    expire_offers,
    lose_offer,
    negotiate_offer,
    return_offer,
    revise_offer,
    send_offer,
    submit_offer,
    withdraw_offer,
)
from orders.actions.offer_papers import kept_print, unsent_offer
from orders.actions.offers import values_of
from orders.documents import offer_print
from orders.documents.keeping import run as keep_again
from orders.models import Offer, OfferLine
from orders.reports.limits import reasons
from orders.reports.offers import beside, contribution, discount, reads_cost_of, why
from tests.factories.catalog import CustomerItemFactory, ProductFactory, StandardCostFactory
from tests.factories.offers import offer_line, offered, payment_term, priced_product
from tests.factories.prices import agreement, line
from tests.matrix import Matrix
from tests.pages import client_for

TODAY = clock.today


def to_acme(matrix: Matrix, *lines: dict[str, Any], **values: Any) -> Offer:
    """An offer of the account manager's to ACME Italy."""
    values = {"by": matrix.account_manager, "approver": matrix.sales_manager} | values
    return offered(matrix.acme_it_plant, matrix.italy, *lines, **values)


def test_a_line_without_a_price_gets_the_one_that_holds_and_says_why(matrix: Matrix) -> None:
    product, other = priced_product(25), priced_product(30)
    agreement(line(product, "22.50"), customer=matrix.acme_it)
    CustomerItemFactory(customer=matrix.acme_it, product=product, part_number="88-1040")
    made = to_acme(
        matrix,
        offer_line(product, 100),
        offer_line(other, 10, "24.00"),
        {
            "description": "Fixture",
            "kind": "tooling",
            "quantity": Decimal(1),
            "price": Decimal(500),
            "variable_cost": Decimal(400),
        },
        offer_line(product, 5, "20", kind="option"),
    )
    first, second, tool, option = made.lines.all()
    assert (first.price, first.proposed, first.list_price, first.variable_cost) == (
        Decimal("22.5"), Decimal("22.5"), Decimal(25), Decimal(9),
    )  # fmt: skip
    assert first.customer_part == "88-1040"
    assert any("22.5" in step for step in why(first, with_costs=True))
    assert (second.price, second.proposed, second.amount) == (Decimal(24), Decimal(30), Decimal(240))
    assert [one.counts for one in (first, second, tool, option)] == [True, True, True, False]
    # 2,250 + 240 + 500; at list 2,500 + 300 + 500; costs 900 + 90 + 400
    assert (made.net, made.list_net, made.variable_cost) == (Decimal(2990), Decimal(3300), Decimal(1390))
    assert contribution(made) == (Decimal(2990) - 1390) / 2990 * 100
    assert discount(made) == (1 - Decimal(2990) / 3300) * 100
    assert made.language == matrix.acme_it.language
    assert (made.currency, made.incoterms, made.number, made.name) == ("EUR", "DAP", "", "Draft")


def test_within_ones_own_limits_an_offer_is_approved_at_once(matrix: Matrix) -> None:
    made = to_acme(matrix, offer_line(priced_product(), 100), status="approved")
    assert (made.status, made.level, made.triggers, made.approved_by) == ("approved", 0, [], matrix.account_manager)
    assert made.number.startswith("OF-IT-")
    assert not WorkItem.objects.on(made).exists()


@pytest.mark.parametrize(
    ("line_values", "head", "expected"),
    [
        # (13.5 − 9) / 13.5 = 33.3 %, 46 % below the list, whose floor is 30 % below
        ({"price": "13.50"}, {}, {"margin": 1, "discount": 2, "floor_price": 2}),
        ({"price": "12.40"}, {}, {"margin": 2, "discount": 2, "floor_price": 2}),
        ({"price": "17.50"}, {}, {"discount": 2}),
        ({"price": "22.00"}, {}, {"discount": 1}),
        ({"annual_quantity": Decimal(10001)}, {}, {"value": 1}),
        ({"annual_quantity": Decimal(40001)}, {}, {"value": 2}),
        ({}, {"payment_term": 61}, {"payment": 1}),
        ({}, {"payment_term": 91}, {"payment": 2}),
        ({}, {"special_terms": True}, {"special_terms": 1}),
        ({}, {"payment_term": 60}, {}),
    ],
)
def test_every_limit_that_is_exceeded_is_told_and_the_highest_decides(
    matrix: Matrix, line_values: dict[str, Any], head: dict[str, Any], expected: dict[str, int]
) -> None:
    if "payment_term" in head:
        head = {"payment_term": payment_term(head["payment_term"])}
    made = to_acme(matrix, offer_line(priced_product(), 100, **line_values), status="in_approval", **head)
    assert {one["code"]: one["level"] for one in made.triggers} == expected
    assert made.level == max(expected.values(), default=0)
    assert made.status == ("in_approval" if expected else "approved")
    if expected:
        item = WorkItem.objects.on(made).open().get()
        decides = "role:management" if made.level == 2 else "role:sales_manager"
        finance = {"payment", "special_terms"} & set(expected)
        assert item.audience == (
            Department.objects.get(location=matrix.italy, function="finance").audience if finance else decides
        )
        assert len(reasons(made.triggers, with_costs=True, with_dossier=True)) == len(expected)
        shown = {str(one.label): one.figure for one in reasons(made.triggers, with_costs=False, with_dossier=True)}
        assert shown.get("Contribution margin", "") == ""


def test_who_approves_is_another_person_of_the_level(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    made = to_acme(matrix, offer_line(priced_product(), 100, "12.40"), status="in_approval")
    with nothing_changed(), pytest.raises(Denied) as refused:
        approve_offer(made, actor=matrix.sales_manager)
    assert (refused.value.code, refused.value.status) == ("higher_level", 403)
    with nothing_changed(), pytest.raises(Denied):
        approve_offer(made, actor=matrix.account_manager)
    with nothing_changed(), pytest.raises(Denied, match="different"):
        return_offer(made, actor=matrix.management)
    approve_offer(made, actor=matrix.management)
    made.refresh_from_db()
    assert (made.status, made.approved_by) == ("approved", matrix.management)
    assert not WorkItem.objects.on(made).open().exists()
    assert Notification.objects.filter(kind="offer_decided", reader=matrix.account_manager).count() == 1
    mine = offered(
        matrix.beta_plant, matrix.germany, offer_line(priced_product(), 10, "14"), by=matrix.sales_manager, status="in_approval"
    )
    with nothing_changed(), pytest.raises(Denied) as own:
        approve_offer(mine, actor=matrix.sales_manager)
    assert own.value.code == "own_offer"
    with pytest.raises(IntegrityError), transaction.atomic():
        Offer.objects.filter(pk=made.pk).update(approved_by=made.submitted_by)


@pytest.mark.acceptance("AT-89")
def test_a_changed_price_voids_the_approval_and_a_typing_error_does_not(matrix: Matrix) -> None:
    made = to_acme(matrix, offer_line(priced_product(), 100, "22"), status="approved")
    assert (made.status, made.approved_by) == ("approved", matrix.sales_manager)
    edit_offer(made, actor=matrix.account_manager, assumptions="Call-offs twice a month")
    made.refresh_from_db()
    assert made.status == "approved"
    values = [{name: getattr(made.lines.get(), name) for name in ("product", "quantity", "price", "description")}]
    edit_offer(made, actor=matrix.account_manager, lines=[values[0] | {"description": "With flange"}])
    made.refresh_from_db()
    assert made.status == "approved"
    edit_offer(made, actor=matrix.account_manager, lines=[values[0] | {"price": Decimal("21.90")}])
    made.refresh_from_db()
    assert (made.status, made.approved_by, made.triggers, made.level) == ("draft", None, [], 0)
    assert made.lines.get().price == Decimal("21.9")


def test_an_offer_without_a_valid_cost_is_not_handed_in(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    old, none, free = (
        priced_product(),
        ProductFactory(),
        {"description": "Training", "quantity": Decimal(1), "price": Decimal(900)},
    )
    old.standard_costs.update(period=period(TODAY() - timedelta(days=500), None))
    for one in (offer_line(old, 10), offer_line(none, 10, "12"), free):
        made = to_acme(matrix, one)
        with nothing_changed(), pytest.raises(Denied) as refused:
            submit_offer(made, actor=matrix.account_manager)
        assert refused.value.code == "no_cost"
        assert "office" in str(refused.value) or "finance" in str(refused.value).lower()
    StandardCostFactory(product=none, period=period(TODAY(), None))
    made = Offer.objects.filter(lines__product=none).get()
    edit_offer(made, actor=matrix.account_manager, lines=[offer_line(none, 11, "15")])
    submit_offer(made, actor=matrix.account_manager)


def test_what_was_sent_is_never_changed_and_its_print_is_kept(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    made = to_acme(matrix, offer_line(priced_product(), 100), status="approved")
    with nothing_changed(), pytest.raises(Denied, match="to whom"):
        send_offer(made, actor=matrix.account_manager)
    send_offer(made, actor=matrix.account_manager, sent_to="buyer@acme.example")
    made.refresh_from_db()
    assert (made.status, made.sent_by, made.sent_to) == ("sent", matrix.account_manager, "buyer@acme.example")
    with nothing_changed(), pytest.raises(Denied) as early:
        unsent_offer(made, sender=matrix.account_manager)
    assert early.value.code == "no_print_yet"
    job = Job.objects.get(kind="orders.keep_offer")
    assert run_job(job.pk) == "done"
    paper = kept_print(made)
    assert paper is not None
    assert paper.file.read(4) == b"%PDF"
    mail = unsent_offer(made, sender=matrix.account_manager)
    assert (mail["X-Unsent"], mail["To"]) == ("1", "buyer@acme.example")
    [attached] = list(mail.iter_attachments())
    assert attached.get_content()[:4] == b"%PDF"
    assert keep_again(job, None) == {"kept": 0}
    assert Document.objects.about(made).filter(type__code="print").count() == 1
    with nothing_changed(), pytest.raises(Denied) as kept:
        edit_offer(made, actor=matrix.account_manager, notes="Too late")
    assert kept.value.code == "offer_kept"
    for change in ({"net": 1}, {"valid_until": TODAY()}, {"subject": "Other"}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Offer.objects.filter(pk=made.pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        OfferLine.objects.filter(offer=made).update(price=1)
    with pytest.raises(DatabaseError), transaction.atomic():
        Offer.objects.filter(pk=made.pk).delete()


def test_the_print_says_nothing_of_costs_and_speaks_the_language_of_the_offer(matrix: Matrix) -> None:
    product = priced_product(material=Decimal("7.77"))
    made = to_acme(matrix, offer_line(product, 100, "20"), language="de", notes="Walk-away 19", status="approved")
    contents = offer_print(str(made.pk), actor=matrix.account_manager)
    text = repr(contents.data) + contents.title
    assert (contents.language, contents.draft) == ("de", False)
    assert "2.000,00" in text
    assert not [word for word in ("7,77", "10,77", "Walk-away", "Deckungsbeitrag") if word in text]
    assert contents.data["clauses"] == [] or matrix.acme_it.country == "IT"
    drafted = offer_print(str(to_acme(matrix, offer_line(product, 1, "20")).pk), actor=matrix.account_manager)
    assert drafted.draft
    with pytest.raises(Denied) as refused:
        offer_print(str(made.pk), actor=matrix.account_manager2)
    assert refused.value.status == 404


def test_revisions_stay_readable_and_compare(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    one, other = priced_product(), priced_product()
    first = to_acme(matrix, offer_line(one, 100), offer_line(other, 10), status="sent")
    draft = revise_offer(first, actor=matrix.account_manager)
    assert (draft.number, draft.revision, draft.replaces, draft.status) == (first.number, 1, first, "draft")
    assert [row.price for row in draft.lines.all()] == [row.price for row in first.lines.all()]
    edit_offer(
        draft,
        actor=matrix.account_manager,
        payment_term=payment_term(45),
        lines=[offer_line(one, 100, "24"), offer_line(priced_product(), 5)],
    )
    first.refresh_from_db()
    assert first.status == "sent", "until the next one is sent"
    submit_offer(draft, actor=matrix.account_manager)
    draft.refresh_from_db()
    assert draft.number == first.number
    send_offer(draft, actor=matrix.account_manager, sent_to="buyer@acme.example")
    first.refresh_from_db()
    assert first.status == "superseded"
    found = beside(first, draft)
    assert {str(label) for label, _before, _now in found.head} >= {"payment", "net value"}
    assert [(bool(pair.before), bool(pair.now), pair.differs) for pair in found.lines] == [
        (True, True, True), (False, True, True), (True, False, True),
    ]  # fmt: skip
    assert found.lines[0].change == Decimal(-4)
    with nothing_changed(), pytest.raises(Denied):
        accept_offer(first, actor=matrix.account_manager)
    beside_it = revise_offer(draft, actor=matrix.account_manager)
    submit_offer(beside_it, actor=matrix.account_manager)
    send_offer(beside_it, actor=matrix.account_manager, sent_to="buyer@acme.example", supersede=False)
    draft.refresh_from_db()
    assert draft.status == "sent", "several alive at once"
    accept_offer(draft, actor=matrix.account_manager, accepted_reference="PO 4711")
    beside_it.refresh_from_db()
    assert beside_it.status == "superseded"
    with nothing_changed(), pytest.raises(Denied):
        revise_offer(Offer.objects.get(pk=draft.pk), actor=matrix.account_manager)


def test_an_offer_expires_is_followed_up_and_not_accepted(
    matrix: Matrix, nothing_changed: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = to_acme(matrix, offer_line(priced_product(), 100), status="sent", valid_until=TODAY() + timedelta(days=3))
    assert expire_offers() == 0
    later = TODAY() + timedelta(days=4)
    monkeypatch.setattr(clock, "today", lambda: later)
    made.refresh_from_db()
    with nothing_changed(), pytest.raises(Denied) as late:
        accept_offer(made, actor=matrix.account_manager)
    assert late.value.code == "offer_over"
    assert (expire_offers(), expire_offers()) == (1, 0)
    made.refresh_from_db()
    assert made.status == "expired"
    assert WorkItem.objects.on(made).open().get().kind == "follow_up_offer"
    assert Notification.objects.filter(kind="offer_expired", reader=matrix.account_manager).count() == 1
    with nothing_changed(), pytest.raises(Denied):
        accept_offer(made, actor=matrix.account_manager)
    following = revise_offer(made, actor=matrix.account_manager)
    assert following.valid_until >= later + timedelta(days=29)
    assert client_for(matrix.account_manager).get("/offers/").status_code == 200
    lose_offer(made, actor=matrix.account_manager, lost_reason="price", competitor="Other Ltd", competitor_price=Decimal(2000))
    assert not WorkItem.objects.on(made).open().exists()
    for path in ("/offers/", f"/offers/{made.pk}/", f"/customers/{matrix.acme_it.pk}/offers/"):
        assert client_for(matrix.account_manager).get(path).status_code == 200


def test_lost_needs_a_reason_and_withdrawn_too(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    made = to_acme(matrix, offer_line(priced_product(), 100), status="sent")
    negotiate_offer(made, actor=matrix.account_manager)
    page = client_for(matrix.account_manager).get(f"{made.get_absolute_url()}lose/").content.decode()
    assert '<option value="" selected>–</option>' in page, "nobody loses an offer for a reason that they did not choose"
    for values in ({}, {"lost_reason": "because"}, {"lost_reason": "price", "competitor_price": Decimal(-1)}):
        with nothing_changed(), pytest.raises(Denied):
            lose_offer(made, actor=matrix.account_manager, **values)
    with nothing_changed(), pytest.raises(Denied):
        withdraw_offer(made, actor=matrix.account_manager)
    withdraw_offer(made, actor=matrix.account_manager, reason="The programme was stopped")
    made.refresh_from_db()
    assert (made.status, made.decided_on) == ("withdrawn", TODAY())


def test_everything_wrong_is_told_at_once_at_its_place(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    product = ProductFactory()
    with nothing_changed(), pytest.raises(Refusals) as refused:
        create_offer(
            Offer,
            actor=matrix.account_manager,
            plant=matrix.acme_it_plant,
            selling_location=matrix.italy,
            contact=matrix.beta_contact,
            subject="",
            currency="EUR",
            lines=[
                offer_line(product, 10),
                offer_line(product, -1, "3"),
                {"quantity": Decimal(1), "price": Decimal(0)},
                offer_line(product, 1, "3", steps=[(Decimal(10), Decimal(3)), (Decimal(5), Decimal(2))]),
            ],
        )
    assert {one.field for one in refused.value.refusals} >= {
        "subject", "contact", "lines.0.price", "lines.1.quantity", "lines.2.price", "lines.2.product", "lines.3.steps",
    }  # fmt: skip
    priced = priced_product()
    with nothing_changed(), pytest.raises(Denied):
        offered(matrix.beta_plant, matrix.germany, offer_line(priced, 1), by=matrix.account_manager)
    draft = to_acme(matrix, offer_line(priced, 1))
    with nothing_changed(), pytest.raises(Denied, match="cannot be changed"):
        edit_offer(draft, actor=matrix.account_manager, net=Decimal(1))


def test_a_draft_is_copied_and_discarded(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    product = priced_product()
    made = to_acme(matrix, offer_line(product, 100, "24"), status="approved")
    with nothing_changed(), pytest.raises(Denied):
        discard_offer(made, actor=matrix.account_manager)
    with nothing_changed(), pytest.raises(Denied, match="not sent"):
        revise_offer(made, actor=matrix.account_manager)
    copied = copy_offer(made, actor=matrix.account_manager, plant=matrix.acme_us_plant)
    assert (copied.plant, copied.number, copied.currency) == (matrix.acme_us_plant, "", matrix.acme_us.currency)
    assert copied.lines.get().price == Decimal(25), "prices are asked for anew"
    discard_offer(copied, actor=matrix.account_manager)
    assert not Offer.objects.filter(pk=copied.pk).exists()
    with nothing_changed(), pytest.raises(Denied):
        copy_offer(made, actor=matrix.account_manager, plant=matrix.beta_plant)


def test_who_sees_an_offer_and_its_costs(matrix: Matrix) -> None:
    made = offered(matrix.acme_de_plant, matrix.germany, offer_line(priced_product(), 10), by=matrix.account_manager)
    seen = {name for name, user in matrix.users.items() if Offer.objects.visible_to(user).filter(pk=made.pk).exists()}
    assert seen == {"account_manager", "area_manager_de", "sales_manager", "management", "auditor"}
    costs = {name for name in seen if reads_cost_of(made, matrix.users[name])}
    assert "area_manager_de" not in costs
    assert "account_manager" in costs
    edit_offer(made, actor=matrix.area_manager_de, enquiry="RFQ 7")
    # what everybody reads who reads the offer keeps no cost, and no margin that was too low
    for model in (Offer, OfferLine):
        kept = {field.name for field in model.events.rel.related_model._meta.get_fields()}
        assert not kept & {"variable_cost", "cost_version", "triggers", "why"}


def test_a_stated_cost_is_shown_to_who_reads_costs_and_survives_who_does_not(matrix: Matrix) -> None:
    free = {
        "description": "Fixture",
        "kind": "tooling",
        "quantity": Decimal(1),
        "price": Decimal(500),
        "variable_cost": Decimal("432.1"),
    }
    made = offered(matrix.acme_de_plant, matrix.germany, offer_line(priced_product(), 10), free, by=matrix.account_manager)
    page = client_for(matrix.area_manager_de).get(f"/offers/{made.pk}/edit/").content.decode()
    assert not [figure for figure in ("432.1", "432,1", "9.00000", "9,00000") if figure in page]
    assert "432.1" in client_for(matrix.account_manager).get(f"/offers/{made.pk}/edit/").content.decode().replace(",", ".")
    page = client_for(matrix.area_manager_de).get(f"/offers/{made.pk}/").content.decode()
    assert not [figure for figure in ("432.1", "432,1") if figure in page]
    lines = [values_of(one) | {"variable_cost": None} for one in made.lines.all()]
    edit_offer(made, actor=matrix.area_manager_de, lines=lines, enquiry="RFQ 8")
    made.refresh_from_db()
    assert [one.variable_cost for one in made.lines.all()] == [Decimal(9), Decimal("432.1")]


def test_of_one_number_one_revision_is_accepted(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    first = to_acme(matrix, offer_line(priced_product(), 100), status="sent")
    following = revise_offer(first, actor=matrix.account_manager)
    accept_offer(first, actor=matrix.account_manager)
    with nothing_changed(), pytest.raises(Denied) as refused:
        submit_offer(following, actor=matrix.account_manager)
    assert refused.value.code == "offer_accepted"
    with pytest.raises(IntegrityError), transaction.atomic():
        Offer.objects.filter(pk=following.pk).update(
            status="accepted", sent_at=clock.now(), approved_at=clock.now(), approved_by=matrix.sales_manager, approved_print="x"
        )
