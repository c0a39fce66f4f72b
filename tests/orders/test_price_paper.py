"""Agreements and price lists that go to the customer: kept as they were sent, mailed once, signed, told, and read by whoever reads their prices."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import date, timedelta
from decimal import Decimal
from email import message_from_bytes, policy
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, IntegrityError, transaction

from kam.core import clock
from kam.core.documents import Document
from kam.core.jobs import Job
from kam.core.jobs import run as run_job
from kam.core.kept_prints import unsent_mail
from kam.core.mails import ATTEMPTS
from kam.core.notifications import Notification
from kam.core.timeline import timeline
from kam.core.workflow import Denied
from orders import tasks
from orders.actions import approve_agreement, revise_agreement, submit_agreement, terminate_agreement
from orders.actions.price_papers import note_signature, send_agreement, send_price_list, send_price_paper
from orders.documents.agreement import agreement_print
from orders.documents.price_paper import paper_contents
from orders.models import PriceAgreement, PricePaper
from tests.factories.files import pdf
from tests.factories.offers import priced_product
from tests.factories.prices import agreement, line
from tests.matrix import Matrix
from tests.post_office import PostOffice
from tests.world import api_client

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
def agreed(matrix: Matrix) -> PriceAgreement:
    """An agreement with ACME Italy, which speaks German here."""
    matrix.acme_it.language = "de"
    matrix.acme_it.save()
    return agreement(line(priced_product(), "12.34"), customer=matrix.acme_it)


def keep(paper: PricePaper) -> PricePaper:
    """Have a paper printed and kept."""
    job = Job.objects.filter(kind="orders.keep_price_paper", params__paper=paper.pk).latest("pk")
    assert run_job(job.pk) == "done"
    return PricePaper.objects.for_list().get(pk=paper.pk)


def test_an_agreement_goes_out_once_with_the_file_that_is_kept_and_comes_back_signed(
    office: PostOffice, matrix: Matrix, agreed: PriceAgreement, nothing_changed: Nothing
) -> None:
    paper = send_agreement(agreed, actor=matrix.account_manager, sent_to=f"{BUYER}, second@acme.example", by_mail=True)
    assert (paper.state, paper.language, paper.day, paper.customer) == ("waiting", "de", date(2026, 1, 1), matrix.acme_it)
    assert (tasks.deliver_price_paper(paper.pk), tasks.sweep_price_papers(), office.taken) == (False, 0, []), "no print yet"
    paper = keep(paper)
    assert (tasks.sweep_price_papers(), tasks.sweep_price_papers(), tasks.deliver_price_paper(paper.pk)) == (1, 0, False)
    [taken] = office.taken
    paper.refresh_from_db()
    found = message_from_bytes(taken.content, policy=policy.default)
    assert (found["Message-ID"], found["Subject"]) == (paper.message_id, f"Preisvereinbarung {agreed.number}")
    assert "12,34" not in taken.content.decode(), "no price stands in a mail"
    [attached] = list(found.iter_attachments())
    assert hashlib.sha256(attached.get_content()).hexdigest() == paper.sha256 == paper.document.sha256
    assert (paper.state, paper.sent_to, paper.sent_at is not None) == ("sent", f"{BUYER}, second@acme.example", True)
    for change in (
        {"day": date(2026, 2, 1)},
        {"addressee": "BETA"},
        {"language": "it"},
        {"sha256": ""},
        {"signed_on": date(2026, 1, 1)},
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            PricePaper.objects.filter(pk=paper.pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        paper.delete()
    with nothing_changed(), pytest.raises(Denied) as refused:
        send_price_paper(paper, actor=matrix.account_manager)
    assert refused.value.code == "not_to_be_sent"
    for values, code in (
        ({"signed_by": " "}, "no_signer"),
        ({"signed_by": "Ada", "signed_on": clock.today() + timedelta(days=1)}, "signed_later"),
        ({"signed_by": "Ada", "signed_on": clock.today() - timedelta(days=1)}, "signed_before"),
    ):
        with nothing_changed(), pytest.raises(Denied) as refused:
            note_signature(paper, actor=matrix.account_manager, **values)
        assert refused.value.code == code
    file = SimpleUploadedFile("signed.pdf", pdf())
    note_signature(paper, actor=matrix.account_manager, signed_by="Ada Buyer", file=file)
    paper.refresh_from_db()
    assert (paper.signed_by, paper.signed_on) == ("Ada Buyer", clock.today())
    assert Document.objects.about(paper).count() == 2, "what was sent and what came back"
    with nothing_changed(), pytest.raises(Denied) as refused:
        note_signature(paper, actor=matrix.account_manager, signed_by="Ada Buyer")
    assert refused.value.code == "not_to_be_signed"
    for record in (agreed, matrix.acme_it):
        assert paper.subject in repr(timeline(record, matrix.account_manager)), f"{record} tells of it"


def test_a_price_list_is_kept_as_it_was_sent_though_prices_change(matrix: Matrix, agreed: PriceAgreement) -> None:
    elsewhere = agreement(line(priced_product(), "77.77"), customer=matrix.acme_de)
    paper = send_price_list(PricePaper, actor=matrix.account_manager, customer=matrix.acme_it, sent_to="Ada Buyer")
    assert (paper.state, paper.kind, paper.day, paper.recipients) == ("issued", "price_list", clock.today(), [])
    agreement(line(priced_product(), "99.99"), customer=matrix.acme_it)
    assert list(paper.agreements.all()) == [agreed]
    text = repr(paper_contents(paper).data)
    assert "12,34" in text
    assert not [word for word in ("99,99", "77,77") if word in text], "what was agreed afterwards is not in it"
    kept = keep(paper)
    assert (kept.document.sha256, kept.document.language) == (kept.sha256, "de")
    mail = unsent_mail(kept.document, kept.subject, kept.text, to=kept.sent_to, sender=matrix.account_manager)
    assert (mail["X-Unsent"], mail["To"], mail["From"]) == ("1", None, matrix.account_manager.email)
    [attached] = list(mail.iter_attachments())
    assert hashlib.sha256(attached.get_content()).hexdigest() == kept.sha256
    assert not PricePaper.objects.visible_to(matrix.account_manager).filter(agreements=elsewhere).exists()


def test_what_is_refused_changes_nothing(matrix: Matrix, agreed: PriceAgreement, nothing_changed: Nothing, settings: Any) -> None:
    settings.DEMO, settings.EMAIL_BACKEND = False, "django.core.mail.backends.filebased.EmailBackend"
    draft = agreement(line(priced_product(), 1), customer=matrix.acme_it, status="draft")
    over = agreement(line(priced_product(), 1), customer=matrix.acme_it, last_day=date(2026, 1, 31))
    leads = matrix.account_manager
    for made, actor, values, code in (
        (draft, leads, {"sent_to": BUYER}, "wrong_status"),
        (over, leads, {"sent_to": BUYER}, "agreement_over"),
        (agreed, leads, {"sent_to": " "}, "no_recipient"),
        (agreed, leads, {"sent_to": BUYER, "by_mail": True}, "no_mail_server"),
        (agreed, matrix.account_manager2, {"sent_to": BUYER}, "not_permitted"),
        (agreed, matrix.area_manager_us, {"sent_to": BUYER}, "not_permitted"),
        (agreed, matrix.quality_it, {"sent_to": BUYER}, "not_permitted"),
    ):
        with nothing_changed(), pytest.raises(Denied) as refused:
            send_agreement(made, actor=actor, **values)
        assert refused.value.code == code
    for customer, actor, code in (
        (matrix.acme_us, leads, "no_prices"),
        (matrix.acme_it, matrix.account_manager2, "not_your_customer"),
        (matrix.acme_it, matrix.finance_it, "not_permitted"),
        (matrix.acme_it, matrix.quality_it, "not_permitted"),
    ):
        with nothing_changed(), pytest.raises(Denied) as refused:
            send_price_list(PricePaper, actor=actor, customer=customer, sent_to=BUYER)
        assert refused.value.code == code
    listed = send_price_list(PricePaper, actor=leads, customer=matrix.acme_it, sent_to=BUYER)
    with nothing_changed(), pytest.raises(Denied) as refused:
        note_signature(listed, actor=leads, signed_by="Ada")
    assert refused.value.code == "not_to_be_signed", "a price list is not signed"
    with pytest.raises(IntegrityError), transaction.atomic():
        PricePaper.objects.create(
            kind="agreement", customer=matrix.acme_it, day=clock.today(), issued_at=clock.now(), subject="x"
        )


def test_whoever_may_not_read_one_of_its_agreements_does_not_read_the_paper(matrix: Matrix) -> None:
    everywhere = agreement(line(priced_product(), 6), customer=matrix.acme_us)
    italian = agreement(line(priced_product(), 5), plant=matrix.acme_us_plant, location=matrix.italy)
    whole = send_price_list(PricePaper, actor=matrix.account_manager, customer=matrix.acme_us, sent_to=BUYER)
    assert set(whole.agreements.all()) == {everywhere, italian}
    part = send_price_list(PricePaper, actor=matrix.area_manager_us, customer=matrix.acme_us, sent_to=BUYER)
    assert list(part.agreements.all()) == [everywhere], "an Italian price is not the American area manager's to tell"
    for reader, seen in (
        (matrix.account_manager, {whole, part}),
        (matrix.sales_manager, {whole, part}),
        (matrix.area_manager_us, {part}),
        (matrix.area_manager_de, set()),
        (matrix.account_manager2, set()),
        (matrix.quality_it, set()),
    ):
        assert set(PricePaper.objects.visible_to(reader)) == seen, reader


def test_a_mail_that_fails_is_tried_again_is_told_of_and_can_be_sent_anew(
    office: PostOffice, matrix: Matrix, agreed: PriceAgreement
) -> None:
    office.refusal = "451 later"
    paper = keep(send_agreement(agreed, actor=matrix.sales_manager, sent_to=BUYER, by_mail=True))
    for attempt in range(1, ATTEMPTS + 1):
        with time_machine.travel(clock.now() + timedelta(days=attempt), tick=False):
            assert tasks.sweep_price_papers() == 0
    paper.refresh_from_db()
    assert (paper.state, paper.attempts, "451" in paper.last_error) == ("failed", ATTEMPTS, True)
    told = Notification.objects.filter(kind="price_paper_not_sent")
    assert {one.reader for one in told} == {matrix.sales_manager, matrix.account_manager}
    assert paper.last_error in told[0].text()[1]
    office.refusal = ""
    send_price_paper(paper, actor=matrix.account_manager, sent_to="second@acme.example")
    assert tasks.sweep_price_papers() == 1
    paper.refresh_from_db()
    assert (paper.state, paper.recipients) == ("sent", ["second@acme.example"])


@pytest.mark.parametrize("change", ["left", "called_off"])
def test_what_may_not_go_out_any_more_is_not_mailed(
    office: PostOffice, matrix: Matrix, agreed: PriceAgreement, change: str
) -> None:
    paper = keep(send_agreement(agreed, actor=matrix.account_manager, sent_to=BUYER, by_mail=True))
    if change == "left":
        matrix.account_manager.is_active = False
        matrix.account_manager.save()
    else:
        PriceAgreement.objects.filter(pk=agreed.pk).update(called_off=True, ending="terminated")
    assert (tasks.sweep_price_papers(), office.taken) == (0, [])
    paper.refresh_from_db()
    assert (paper.state, bool(paper.last_error)) == ("cancelled", True)


def test_without_its_print_a_mail_does_not_go_out_and_says_so(
    office: PostOffice, matrix: Matrix, agreed: PriceAgreement, monkeypatch: pytest.MonkeyPatch
) -> None:
    paper = send_agreement(agreed, actor=matrix.account_manager, sent_to=BUYER, by_mail=True)
    job = Job.objects.get(kind="orders.keep_price_paper")

    def no_font(*_args: Any, **_more: Any) -> None:
        raise Denied("print_failed", "No font")

    monkeypatch.setattr("orders.documents.price_paper.keep_print", no_font)
    run_job(job.pk)
    paper.refresh_from_db()
    assert (paper.state, paper.last_error, office.taken) == ("failed", "No font", [])
    monkeypatch.undo()
    send_price_paper(paper, actor=matrix.account_manager)
    keep(paper)
    assert tasks.sweep_price_papers() == 1


def test_both_are_sent_signed_and_read_over_rest(matrix: Matrix, agreed: PriceAgreement, nothing_changed: Nothing) -> None:
    client = api_client(matrix.account_manager)
    answer = client.post(f"/api/v1/price-agreements/{agreed.pk}/send/", {"sent_to": "Ada Buyer"}, format="json")
    assert answer.status_code == 200
    paper = f"/api/v1/price-papers/{answer.json()['id']}/"
    assert client.get(paper).json()["agreements"] == [agreed.pk]
    signed = client.post(f"{paper}sign/", {"signed_by": "Ada Buyer"}, format="json")
    assert (signed.status_code, signed.json()["signed_by"]) == (200, "Ada Buyer")
    made = client.post(
        "/api/v1/price-papers/", {"customer": matrix.acme_it.pk, "day": "2026-06-01", "sent_to": "Ada"}, format="json"
    )
    assert (made.status_code, made.json()["day"], made.json()["kind"]) == (201, "2026-06-01", "price_list")
    [found] = client.get("/api/v1/price-papers/?signed=true").json()["results"]
    assert found["kind"] == "agreement"
    with nothing_changed():
        assert (
            client.post("/api/v1/price-papers/", {"customer": matrix.beta.pk, "sent_to": "x"}, format="json").status_code == 400
        )
        assert client.post("/api/v1/price-papers/", {"customer": matrix.acme_it.pk}, format="json").status_code == 400
    assert api_client(matrix.account_manager2).get(paper).status_code == 404


def test_an_agreement_with_a_group_is_addressed_to_it(matrix: Matrix) -> None:
    whole = agreement(line(priced_product(), 10), group=matrix.acme)
    paper = send_agreement(whole, actor=matrix.sales_manager, sent_to="Ada")
    assert (paper.addressee, paper.customer) == (matrix.acme.name, matrix.acme.customers.order_by("code", "pk").first())
    assert paper_contents(paper).number == whole.number


def test_a_paper_says_the_prices_as_they_stood_whatever_ended_before_it_was_printed(
    matrix: Matrix, agreed: PriceAgreement
) -> None:
    today, leader = clock.today(), matrix.account_manager
    coming = agreement(line(priced_product(), 7), customer=matrix.acme_it, first_day=today + timedelta(days=40))
    papers = [
        send_agreement(agreed, actor=leader, sent_to=BUYER),
        send_price_list(PricePaper, actor=leader, customer=matrix.acme_it, sent_to=BUYER),
    ]
    said = [paper_contents(PricePaper.objects.get(pk=one.pk)).data for one in papers]
    assert [len(lines) for _heading, lines in said[1]["parts"]] == [1, 1]
    draft = revise_agreement(agreed, actor=leader, first_day=today + timedelta(days=5), change=Decimal(3))
    submit_agreement(draft, actor=leader)
    approve_agreement(draft, actor=matrix.management)
    terminate_agreement(coming, actor=leader, reason="Called off")
    agreed.refresh_from_db()
    assert (agreed.last_day, coming.lines.get().agreed) == (today + timedelta(days=4), False)
    assert [paper_contents(PricePaper.objects.get(pk=one.pk)).data for one in papers] == said
    assert agreement_print(str(agreed.pk), actor=leader).data != said[0], "a print of today says what holds today"
    for one in papers:
        assert keep(one).sha256
        with pytest.raises(DatabaseError), transaction.atomic():
            PricePaper.objects.filter(pk=one.pk).update(stood={})
