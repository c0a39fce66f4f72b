"""Confirmations of orders: only after the review, revision by revision, with variations that wait for the customer, mailed once."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from decimal import Decimal
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction

from kam.core import clock
from kam.core.documents import Document, attach_document, standard_type
from kam.core.jobs import Job
from kam.core.jobs import run as run_job
from kam.core.mails import ATTEMPTS
from kam.core.notifications import Notification
from kam.core.parameters import ParameterValue, set_parameter
from kam.core.printing import render
from kam.core.workflow import Denied
from orders import tasks
from orders.actions.order_confirming import accept_confirmation, confirm_order
from orders.actions.order_law import law_of, said_of, waits_under
from orders.actions.order_papers import acknowledge_order, issue_pro_forma, send_order_paper
from orders.documents.order_paper import paper_contents
from orders.models import BlockKind, Order, OrderConfirmation, OrderLine, OrderPaper
from tests.factories.customer_orders import OrderBlockFactory
from tests.factories.files import pdf
from tests.factories.order_lives import accepted_order
from tests.matrix import Matrix
from tests.post_office import PostOffice

BUYER = "buyer@acme.example"
Nothing = Callable[..., AbstractContextManager[None]]


@pytest.fixture
def office(settings: Any) -> Iterator[PostOffice]:
    """A mail server."""
    with PostOffice() as server:
        server.set_up(settings)
        settings.DEFAULT_FROM_EMAIL = "KAM <kam@kam.example>"
        yield server


@pytest.fixture
def order(matrix: Matrix) -> Order:
    """An accepted order of ACME Italy: contracts with it stand under Italian law."""
    return accepted_order(matrix.acme_it_plant, matrix.italy)


def keep(paper: OrderPaper) -> OrderPaper:
    """Have a paper printed and kept."""
    for job in Job.objects.filter(kind="orders.keep_order_paper", params__paper=paper.pk):
        assert run_job(job.pk) == "done"
    paper.refresh_from_db()
    return paper


def confirmed(order: Order, matrix: Matrix, **values: Any) -> OrderConfirmation:
    """The confirmation that the back office makes of an order."""
    confirm_order(order, actor=matrix.back_office_it, **{"sent_to": BUYER} | values)
    return order.confirmations.order_by("-revision").first()  # type: ignore[return-value]


def test_a_clean_order_is_confirmed_in_conformity(matrix: Matrix, order: Order) -> None:
    made = confirmed(order, matrix)
    order.refresh_from_db()
    line = order.lines.get()
    assert (order.status, order.confirmation, order.waiting_customer) == ("confirmed", 1, False)
    assert (made.state, made.conforms, made.law, made.paper.kind) == ("concluded", True, "IT", "confirmation")
    assert (line.status, line.first_confirmed_on, line.confirmed_on) == ("confirmed", order.requested_on, order.requested_on)
    data = paper_contents(made.paper).data
    assert data["marked"] == "Confirmed in conformity with your order."
    assert data["variations"][1] == []


@pytest.mark.acceptance("AT-72")
def test_another_date_alone_is_a_confirmation_with_variations_that_waits_for_the_customer(matrix: Matrix, order: Order) -> None:
    line, later = order.lines.get(), order.requested_on + timedelta(days=7)
    made = confirmed(order, matrix, lines=[{"line": line, "confirmed_on": later}])
    order.refresh_from_db()
    assert (made.state, made.paper.kind, made.law) == ("waiting", "variations", "IT")
    assert (order.status, order.waiting_customer) == ("confirmed", True)
    assert list(OrderConfirmation.objects.visible_to(matrix.back_office_it).waiting()) == [made]
    assert made.variations == [
        {"position": 10, "field": "date", "ordered": order.requested_on.isoformat(), "confirmed": later.isoformat()}
    ]
    printed = paper_contents(made.paper)
    assert printed.title == "Order confirmation with variations"
    assert printed.data["lines"][0]["varied"] == ["date"]
    document = pdf_of(order)
    accept_confirmation(made, actor=matrix.back_office_it, document=document)
    order.refresh_from_db()
    made.refresh_from_db()
    assert (made.state, order.waiting_customer, made.agreed_on) == ("accepted", False, clock.today())
    assert not OrderConfirmation.objects.waiting().exists()


def pdf_of(order: Order) -> Document:
    """A document of the customer's on an order."""
    file = SimpleUploadedFile("agreed.pdf", pdf())
    return attach_document(Document, actor=None, record=order, type=standard_type(), file=file, title="Agreed")


def test_what_was_agreed_on_becomes_what_is_ordered_and_the_intake_follows(
    matrix: Matrix, order: Order, nothing_changed: Nothing
) -> None:
    line = order.lines.get()
    values = {"line": line, "quantity": Decimal(90), "price": Decimal("10.50"), "part_revision": "C"}
    made = confirmed(
        order, matrix, lines=[values], incoterms="fca", incoterms_place="Bologna", deviations="Our terms of sale apply."
    )
    line.refresh_from_db()
    assert (line.quantity, line.price) == (100, 10), "nothing is agreed yet"
    assert {row["field"] for row in made.variations} == {"quantity", "price", "revision", "delivery"}
    with nothing_changed(), pytest.raises(Denied) as refused:
        accept_confirmation(made, actor=matrix.back_office_it, agreed_how="conduct")
    assert refused.value.code == "no_conduct"
    accept_confirmation(made, actor=matrix.back_office_it, agreed_how="conduct", agreed_note="Paid the advance")
    line.refresh_from_db()
    order.refresh_from_db()
    assert (line.quantity, line.price, line.part_revision, order.incoterms) == (90, Decimal("10.5"), "C", "FCA")
    assert order.net == Decimal("945.00") == sum(row.net for row in order.intake.all())
    assert [row.net for row in order.intake.order_by("pk")] == [Decimal(1000), Decimal(-55)]


def test_each_law_has_its_rule_and_an_unknown_one_is_to_be_checked(matrix: Matrix, settings: Any) -> None:
    home, abroad = (accepted_order(plant, matrix.italy) for plant in (matrix.acme_it_plant, matrix.acme_de_plant))
    assert (law_of(home), law_of(abroad)) == ("IT", "CISG")
    assert waits_under("IT", {"other"})
    assert waits_under("DE", {"other"})
    assert not waits_under("CISG", {"other"}), "accessory terms are agreed unless the customer objects (art. 19 II)"
    assert waits_under("CISG", {"other", "date"})
    assert waits_under("", {"other"}), "what nobody described waits"
    assert not waits_under("IT", set())
    made = confirmed(abroad, matrix, deviations="Two copies of the certificate.")
    abroad.refresh_from_db()
    assert (made.state, made.paper.kind, abroad.waiting_customer) == ("concluded", "variations", False)
    set_parameter(
        ParameterValue, actor=None, key="orders.governing_law", scope=f"location:{matrix.italy.pk}", value="GB", valid_from=None
    )
    assert law_of(home) == "GB"
    assert str(said_of("GB")) == "to be checked"


def test_nothing_is_confirmed_without_review_with_a_block_or_without_a_date_that_can_be_kept(
    matrix: Matrix, order: Order, nothing_changed: Nothing
) -> None:
    line, actor = order.lines.get(), matrix.back_office_it

    def refusal(**values: Any) -> tuple[str, str]:
        with nothing_changed(), pytest.raises(Denied) as refused:
            confirm_order(order, actor=actor, **{"sent_to": BUYER} | values)
        return refused.value.code, refused.value.field

    assert refusal(sent_to="") == ("no_recipient", "sent_to")
    assert refusal(by_mail=True, sent_to="nobody") == ("bad_address", "sent_to")
    assert refusal(lines=[{"line": line, "confirmed_on": clock.today() - timedelta(days=1)}]) == (
        "past_date",
        "lines.0.confirmed_on",
    )
    assert refusal(lines=[{"line": line, "quantity": Decimal(0)}]) == ("quantity", "lines.0.quantity")
    assert refusal(lines=[{"line": line}, {"line": line}]) == ("line_twice", "lines.1.line")
    other = accepted_order(matrix.acme_it_plant, matrix.italy)
    assert refusal(lines=[{"line": other.lines.get()}]) == ("line_of_another", "lines.0.line")
    block = OrderBlockFactory(order=order, kind=BlockKind.CREDIT)
    assert refusal() == ("blocked", "")
    block.until = clock.today() - timedelta(days=1)
    block.save()
    Order.objects.filter(pk=order.pk).update(requested_on=None)
    order.refresh_from_db()
    assert refusal() == ("no_date", "lines.10.confirmed_on")
    Order.objects.filter(pk=order.pk).update(reviewed=False)
    assert refusal() == ("not_reviewed", "")
    Order.objects.filter(pk=order.pk).update(reviewed=True, status="in_review")
    assert refusal() == ("wrong_status", "")
    with nothing_changed(), pytest.raises(Denied) as refused:
        confirm_order(order, actor=matrix.account_manager, sent_to=BUYER)
    assert refused.value.status == 403


def test_receipt_is_acknowledged_and_says_that_it_is_no_confirmation(
    matrix: Matrix, order: Order, nothing_changed: Nothing
) -> None:
    acknowledge_order(order, actor=matrix.back_office_it, sent_to="Ada Buyer")
    paper = order.papers.get()
    assert (paper.kind, paper.state, paper.sent_to, paper.number) == ("acknowledgement", "issued", "Ada Buyer", 1)
    printed = paper_contents(paper)
    assert printed.title == "Order acknowledgement"
    assert printed.data["marked"].startswith("This is not an order confirmation.")
    assert len(printed.data["lines"][0]["dates"]) == 1, "it promises no date"
    issue_pro_forma(order, actor=matrix.back_office_it, sent_to="Ada Buyer")
    confirmed(order, matrix)
    with nothing_changed(), pytest.raises(Denied) as refused:
        acknowledge_order(order, actor=matrix.back_office_it, sent_to="Ada Buyer")
    assert refused.value.code == "not_to_be_acknowledged"


def test_a_confirmation_is_mailed_once_with_the_file_that_is_kept(
    office: PostOffice, matrix: Matrix, order: Order, nothing_changed: Nothing
) -> None:
    made = confirmed(order, matrix, by_mail=True, sent_to=f"{BUYER}, second@acme.example")
    paper = made.paper
    assert (paper.state, paper.sent_to) == ("waiting", f"{BUYER}, second@acme.example")
    assert (tasks.deliver_order_paper(paper.pk), tasks.sweep_order_papers(), office.taken) == (False, 0, []), (
        "there is no print yet"
    )
    keep(paper)
    assert (tasks.sweep_order_papers(), tasks.sweep_order_papers(), tasks.deliver_order_paper(paper.pk)) == (1, 0, False)
    [taken] = office.taken
    paper.refresh_from_db()
    found = message_from_bytes(taken.content, policy=policy.default)
    assert (found["Message-ID"], found["Subject"]) == (paper.message_id, f"Order confirmation {order.number}/1")
    [attached] = list(found.iter_attachments())
    assert hashlib.sha256(attached.get_content()).hexdigest() == paper.sha256 == paper.document.sha256
    assert (paper.state, paper.attempts, paper.sent_at is not None) == ("sent", 1, True)
    for change in ({"contents": {}}, {"number": 7}, {"sha256": ""}):
        with pytest.raises(DatabaseError), transaction.atomic():
            OrderPaper.objects.filter(pk=paper.pk).update(**change)
    with nothing_changed(), pytest.raises(Denied) as refused:
        send_order_paper(paper, actor=matrix.back_office_it)
    assert refused.value.code == "not_to_be_sent"


def test_a_worker_that_dies_between_the_server_and_the_database_repeats_the_same_message(
    office: PostOffice, matrix: Matrix, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    paper = keep(confirmed(order, matrix, by_mail=True).paper)
    with monkeypatch.context() as dying:
        dying.setattr(OrderPaper, "save", lambda *_args, **_more: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            tasks.deliver_order_paper(paper.pk)
    paper.refresh_from_db()
    assert paper.state == "waiting"
    assert tasks.sweep_order_papers() == 1
    names = {message_from_bytes(one.content, policy=policy.default)["Message-ID"] for one in office.taken}
    assert names == {paper.message_id}, "a mail server takes the second for what it is: the same"
    assert tasks.sweep_order_papers() == 0


def test_a_process_that_dies_after_the_confirmation_loses_no_mail_and_sends_one(
    office: PostOffice, matrix: Matrix, order: Order
) -> None:
    paper = confirmed(order, matrix, by_mail=True).paper
    [job] = Job.objects.filter(kind="orders.keep_order_paper")
    assert (paper.document, office.taken) == (None, []), "nothing happened but the rows that were committed"
    assert run_job(job.pk) == "done"
    run_job(job.pk)
    assert (tasks.sweep_order_papers(), tasks.sweep_order_papers(), len(office.taken)) == (1, 0, 1)


def test_a_mail_that_fails_is_tried_again_is_told_of_and_can_be_sent_anew(
    office: PostOffice, matrix: Matrix, order: Order
) -> None:
    office.refusal = "451 later"
    paper = keep(confirmed(order, matrix, by_mail=True).paper)
    for attempt in range(1, ATTEMPTS + 1):
        with time_machine.travel(clock.now() + timedelta(days=attempt), tick=False):
            assert tasks.sweep_order_papers() == 0
    paper.refresh_from_db()
    assert (paper.state, paper.attempts, "451" in paper.last_error) == ("failed", ATTEMPTS, True)
    told = Notification.objects.filter(kind="order_paper_not_sent")
    assert {one.reader for one in told} == {matrix.back_office_it, matrix.account_manager}
    assert paper.last_error in told[0].text()[1]
    order.refresh_from_db()
    assert order.status == "confirmed", "the confirmation stands"
    office.refusal = ""
    send_order_paper(paper, actor=matrix.back_office_it, sent_to="second@acme.example")
    assert tasks.sweep_order_papers() == 1
    paper.refresh_from_db()
    assert (paper.state, paper.recipients) == ("sent", ["second@acme.example"])


def test_whoever_lost_the_right_meanwhile_mails_nothing(office: PostOffice, matrix: Matrix, order: Order) -> None:
    paper = keep(confirmed(order, matrix, by_mail=True).paper)
    matrix.back_office_it.is_active = False
    matrix.back_office_it.save()
    assert (tasks.sweep_order_papers(), office.taken) == (0, [])
    paper.refresh_from_db()
    assert (paper.state, bool(paper.last_error)) == ("cancelled", True)


@pytest.mark.parametrize("language", ["it", "en", "de"])
def test_every_paper_is_set_as_a_page_in_the_customers_language(
    matrix: Matrix, order: Order, language: str, tmp_path: Path
) -> None:
    Order.objects.filter(pk=order.pk).update(language=language)
    order.refresh_from_db()
    acknowledge_order(order, actor=None, sent_to=BUYER)
    issue_pro_forma(order, actor=None, sent_to=BUYER)
    confirm_order(
        order,
        actor=None,
        sent_to=BUYER,
        deviations='#read("/etc/passwd") *x*',
        lines=[{"line": order.lines.get(), "quantity": Decimal(80)}],
    )
    titles = set()
    for paper in order.papers.all():
        contents = paper_contents(paper)
        assert render(contents, tmp_path / f"{paper.pk}.pdf", actor=None) >= 1
        titles.add(contents.title)
    assert len(titles) == 3
    assert OrderLine.objects.get(order=order).quantity == 100
