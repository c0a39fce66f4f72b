"""Webhooks: told in the transaction of the change, signed, by the owner's rights of that moment, in order, and never lost."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.actions.customer import edit_customer
from accounts.actions.plant import edit_plant
from accounts.models import Customer, Market, Plant, User
from kam.core import clock, outgoing, webhook_delivery
from kam.core.links import Link, link_records, unlink_records
from kam.core.notifications import Notification
from kam.core.webhook_delivery import ATTEMPTS, deliver, due_webhooks
from kam.core.webhooks import (
    Webhook,
    WebhookDelivery,
    create_webhook,
    edit_webhook,
    event_names,
    forget_old_deliveries,
    pause_webhook,
    renew_webhook_secret,
    repeat_delivery,
    resume_webhook,
    try_webhook,
)
from kam.core.workflow import Denied
from tests import workers
from tests.factories.accounts import MarketFactory, UserFactory
from tests.matrix import Matrix, build
from tests.receiver import Receiver, Taken, make_authority

pytestmark = pytest.mark.django_db
PLANTS = ["accounts.plant.changed", "accounts.plant.created"]
State = WebhookDelivery.State


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return make_authority(tmp_path_factory.mktemp("authority"), "localhost")


@pytest.fixture
def receiver(certificates: tuple[Path, Path], settings: Any) -> Iterator[Receiver]:
    settings.OUTGOING_HOSTS, settings.OUTGOING_CA = ["localhost"], str(certificates[0])
    with Receiver(certificates[1]) as server:
        yield server


def subscribe(matrix: Matrix, address: str, owner: User | None = None, *events: str) -> Webhook:
    return create_webhook(
        Webhook,
        actor=matrix.administrator,
        name="ERP",
        url=address,
        owner=owner or matrix.administrator,
        event_types=events or PLANTS,
    )


def told(receiver: Receiver) -> list[tuple[str, int, int]]:
    """What arrived: event, record, version."""
    bodies = [json.loads(request.body) for request in receiver.taken]
    return [(body["type"], body["data"]["id"], body["data"]["version"]) for body in bodies]


def states() -> list[str]:
    return list(WebhookDelivery.objects.order_by("pk").values_list("state", flat=True))


def let_pass(**how_long: float) -> None:
    """What waits has waited so long."""
    span = timedelta(**how_long)
    for rows in (Webhook.objects.all(), WebhookDelivery.objects.all()):
        for row in rows:
            rows.filter(pk=row.pk).update(not_before=row.not_before - span)


def test_a_change_is_told_signed_and_small(matrix: Matrix, receiver: Receiver, settings: Any) -> None:
    settings.PUBLIC_URL = "https://kam.example.com"
    hook = subscribe(matrix, receiver.address)
    plant = edit_plant(matrix.acme_de_plant, actor=matrix.account_manager, city="Halle", reason="They moved")
    assert deliver(hook.pk) is False
    (request,) = receiver.taken
    row = WebhookDelivery.objects.get()
    body = json.loads(request.body)
    assert body == {
        "type": "accounts.plant.changed",
        "timestamp": row.happened_at.isoformat().replace("+00:00", "Z"),
        "data": {
            "record_type": "accounts.plant",
            "noun": "plants",
            "id": plant.pk,
            "version": plant.version,
            "address": f"https://kam.example.com/api/v1/plants/{plant.pk}/",
        },
    }
    assert request.path == "/kam?key=1" and request.headers["content-type"] == "application/json"
    key, moment = request.headers["webhook-id"], request.headers["webhook-timestamp"]
    assert key == str(row.key) and abs(int(moment) - timezone.now().timestamp()) < 60
    secret = base64.b64decode(hook.shown_secret.removeprefix("whsec_"))
    signed = hmac.new(secret, f"{key}.{moment}.".encode() + request.body, hashlib.sha256).digest()
    assert request.headers["webhook-signature"] == f"v1,{base64.b64encode(signed).decode()}"
    assert (row.state, row.attempts, row.status) == (State.SENT, 1, 204)
    hook.refresh_from_db()
    assert hook.delivered_at is not None and hook.failures == 0


def test_the_example_of_the_standard_is_signed_as_there() -> None:
    body = b'{"test": 2432232314}'
    found = webhook_delivery.sign("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert found == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_it_is_written_in_the_same_transaction_whoever_writes(matrix: Matrix) -> None:
    subscribe(
        matrix, "https://example.com/", None, "accounts.market.created", "accounts.market.changed", "accounts.market.deleted"
    )

    with transaction.atomic():
        MarketFactory()
        assert states() == ["waiting"]
        transaction.set_rollback(True)
    assert states() == []
    Market.objects.bulk_create([Market(code=f"B{n}", dimension="sector", name_en="B") for n in range(3)])
    Market.objects.update(name_en="C")
    Market.objects.update(name_en="C")  # the same again is no change
    Market.objects.filter(code="B0").delete()
    found = list(WebhookDelivery.objects.order_by("pk").values_list("change", "record_version"))
    assert found == [("created", 1)] * 3 + [("changed", 2)] * 3 + [("deleted", 2)]


def test_what_nobody_asked_for_is_not_written(matrix: Matrix) -> None:
    edit_plant(matrix.acme_de_plant, actor=matrix.account_manager, city="Halle")
    hook = subscribe(matrix, "https://example.com/")
    edit_customer(matrix.acme_de, actor=matrix.account_manager, notes="x")
    edit_webhook(hook, actor=matrix.administrator, is_active=False)
    edit_plant(matrix.acme_de_plant, actor=matrix.account_manager, city="Jena")
    assert states() == []


def test_one_message_to_the_broker_for_a_transaction(matrix: Matrix, django_capture_on_commit_callbacks: Any) -> None:
    subscribe(matrix, "https://example.com/")
    with django_capture_on_commit_callbacks() as callbacks, transaction.atomic():
        edit_customer(matrix.acme_de, actor=matrix.account_manager, notes="nobody is told of this")
    assert callbacks == []
    with django_capture_on_commit_callbacks() as callbacks, transaction.atomic():
        for city in ("Halle", "Jena"):
            edit_plant(matrix.acme_de_plant, actor=matrix.account_manager, city=city)
    assert len(callbacks) == 1 and states() == ["waiting", "waiting"]


def test_only_what_the_owner_may_see_at_the_moment_of_sending(matrix: Matrix, receiver: Receiver) -> None:
    hook = subscribe(matrix, receiver.address, matrix.area_manager_de)
    for plant in (matrix.beta_plant, matrix.acme_us_plant, matrix.acme_it_plant):
        edit_plant(plant, actor=matrix.sales_manager, city="Halle")
    foreign = Customer.objects.create(code="X", name="X", country="IT", city="Pisa")
    Plant.objects.create(customer=foreign, code="X", name="X", country="IT")
    grant = matrix.area_manager_de.grants.get()
    deliver(hook.pk)
    assert [key for _type, key, _version in told(receiver)] == [
        matrix.beta_plant.pk,
        matrix.acme_us_plant.pk,
        matrix.acme_it_plant.pk,
    ]
    assert states() == ["sent", "sent", "sent", "withheld"]
    edit_plant(matrix.beta_plant, actor=matrix.sales_manager, city="Jena")
    grant.period = type(grant.period)(None, clock.today(), "[)")  # the role ended while it waited
    grant.save()
    deliver(hook.pk)
    assert (len(receiver.taken), states()[-1]) == (3, "withheld")


def test_nothing_is_told_by_the_rights_of_somebody_who_left(matrix: Matrix, receiver: Receiver) -> None:
    hook = subscribe(matrix, receiver.address, matrix.sales_manager)
    edit_plant(matrix.beta_plant, actor=matrix.account_manager2, city="Jena")
    User.objects.filter(pk=matrix.sales_manager.pk).update(is_active=False)
    deliver(hook.pk)
    assert receiver.taken == [] and states() == ["withheld"]


def test_the_end_of_a_record_is_told_to_who_knew_of_it(matrix: Matrix, receiver: Receiver) -> None:
    events = ("core.link.created", "core.link.deleted", "accounts.market.deleted")
    hook = subscribe(matrix, receiver.address, matrix.area_manager_de, *events)
    known = link_records(Link, actor=None, record=matrix.beta_plant, other=matrix.beta)
    deliver(hook.pk)
    unknown = link_records(Link, actor=None, record=matrix.beta_plant, other=matrix.acme_de_plant)
    for link in (known, unknown):
        unlink_records(link, actor=None)
    market = MarketFactory()  # everybody sees every market
    market_key = market.pk
    market.delete()
    known_key = WebhookDelivery.objects.filter(state="sent").get().record_id
    deliver(hook.pk)
    assert [(kind, key) for kind, key, _version in told(receiver)] == [
        ("core.link.created", known_key),
        ("core.link.deleted", known_key),
        ("accounts.market.deleted", market_key),
    ]
    assert states() == ["sent", "withheld", "sent", "withheld", "sent"]


def test_a_refused_delivery_holds_back_its_record_and_no_other(matrix: Matrix, receiver: Receiver) -> None:
    hook = subscribe(matrix, receiver.address)
    bad, good = matrix.beta_plant, matrix.acme_de_plant
    receiver.answer = lambda request: (422 if json.loads(request.body)["data"]["id"] == bad.pk else 204, {}, b"No such plant")
    for plant, city in ((bad, "A"), (good, "B"), (bad, "C"), (good, "D")):
        edit_plant(plant, actor=matrix.sales_manager, city=city)
    deliver(hook.pk)
    assert states() == ["waiting", "sent", "waiting", "sent"]
    first = WebhookDelivery.objects.order_by("pk").first()
    assert (first.status, first.said, first.attempts) == (422, "No such plant", 1) and first.not_before > timezone.now()
    for _turn in range(ATTEMPTS - 1):
        assert due_webhooks() == []
        let_pass(hours=2)
        deliver(hook.pk)
    assert states() == ["failed", "sent", "waiting", "sent"]
    receiver.answer = (204, {}, b"")
    let_pass(hours=2)
    deliver(hook.pk)
    assert states() == ["failed", "sent", "sent", "sent"]
    assert len({request.headers["webhook-id"] for request in receiver.taken}) == 4


def test_a_receiver_in_trouble_is_left_alone_for_longer_and_longer(matrix: Matrix, receiver: Receiver) -> None:
    hook = subscribe(matrix, receiver.address)
    for city in ("A", "B"):
        edit_plant(matrix.beta_plant, actor=matrix.sales_manager, city=city)
        edit_plant(matrix.acme_de_plant, actor=matrix.sales_manager, city=city)
    receiver.answer = (503, {}, b"")
    waits = []
    for turn in range(9):
        deliver(hook.pk)
        assert len(receiver.taken) == turn + 1 and due_webhooks() == []
        hook.refresh_from_db()
        waits.append(round((hook.not_before - timezone.now()).total_seconds() / 60))
        let_pass(hours=2)
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    receiver.answer = (200, {}, b"")
    assert due_webhooks() == [hook.pk]
    deliver(hook.pk)
    assert states() == ["sent"] * 4
    keys = [request.headers["webhook-id"] for request in receiver.taken]
    assert len(set(keys[:10])) == 1 and len(set(keys)) == 4
    hook.refresh_from_db()
    assert hook.failures == 0


def test_after_many_failures_it_is_paused_and_nothing_is_lost(matrix: Matrix, receiver: Receiver, mailoutbox: Any) -> None:
    hook = subscribe(matrix, receiver.address, matrix.sales_manager)
    receiver.answer = (404, {}, b"")
    for city in range(25):
        Plant.objects.create(customer=matrix.beta, code=f"N{city}", name="N", country="DE", city=str(city))
    deliver(hook.pk)
    hook.refresh_from_db()
    assert (hook.status, hook.failures, len(receiver.taken)) == ("paused", 20, 20)
    assert set(Notification.objects.filter(kind="webhook_paused").values_list("reader__email", flat=True)) == {
        matrix.sales_manager.email,
        matrix.administrator.email,
    }
    history = hook.events.order_by("pgh_id").last()
    assert (history.pgh_context["verb"], history.pgh_context["actor"]) == ("core.pause_webhook", None)
    edit_plant(matrix.beta_plant, actor=matrix.sales_manager, city="While it was paused")
    assert due_webhooks() == [] and deliver(hook.pk) is False
    receiver.answer = (204, {}, b"")
    resume_webhook(hook, actor=matrix.administrator)
    let_pass(hours=2)
    deliver(hook.pk)
    assert states() == ["sent"] * 26


def test_pausing_and_taking_up_again_by_hand(matrix: Matrix, receiver: Receiver, nothing_changed: Any) -> None:
    hook = subscribe(matrix, receiver.address)
    with nothing_changed(), pytest.raises(Denied):
        resume_webhook(hook, actor=matrix.administrator)
    pause_webhook(hook, actor=matrix.administrator, reason="The ERP is moved")
    with nothing_changed(), pytest.raises(Denied):
        pause_webhook(hook, actor=matrix.administrator)
    with nothing_changed(), pytest.raises(Denied):
        try_webhook(hook, actor=matrix.administrator)
    edit_plant(matrix.beta_plant, actor=matrix.sales_manager, city="A")
    deliver(hook.pk)
    assert states() == ["waiting"] and receiver.taken == []
    resume_webhook(hook, actor=matrix.administrator)
    deliver(hook.pk)
    assert states() == ["sent"]


def test_what_waits_is_forgotten_when_it_is_turned_off(matrix: Matrix) -> None:
    hook = subscribe(matrix, "https://example.com/")
    edit_plant(matrix.beta_plant, actor=matrix.sales_manager, city="A")
    edit_webhook(hook, actor=matrix.administrator, is_active=False)
    assert states() == ["cancelled"]


def test_a_delivery_is_repeated_by_hand_under_its_key(matrix: Matrix, receiver: Receiver, nothing_changed: Any) -> None:
    hook = subscribe(matrix, receiver.address)
    edit_plant(matrix.beta_plant, actor=matrix.sales_manager, city="A")
    row = WebhookDelivery.objects.get()
    with nothing_changed(), pytest.raises(Denied):
        repeat_delivery(row, actor=matrix.administrator)
    deliver(hook.pk)
    row.refresh_from_db()
    with nothing_changed(), pytest.raises(Denied):
        repeat_delivery(row, actor=matrix.sales_manager)
    repeat_delivery(row, actor=matrix.administrator)
    deliver(hook.pk)
    first, second = receiver.taken
    assert first.headers["webhook-id"] == second.headers["webhook-id"] and first.body == second.body
    assert states() == ["sent"]


def test_a_test_tells_of_the_webhook_itself(matrix: Matrix, receiver: Receiver) -> None:
    hook = subscribe(matrix, receiver.address, matrix.area_manager_de)
    try_webhook(hook, actor=matrix.administrator)
    deliver(hook.pk)
    assert told(receiver) == [("core.webhook.tested", hook.pk, 1)]


def test_a_worker_that_dies_in_between_repeats_the_delivery(
    matrix: Matrix, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook = subscribe(matrix, receiver.address)
    edit_plant(matrix.beta_plant, actor=matrix.sales_manager, city="A")

    def taken_and_dead(*arguments: Any) -> Any:
        outgoing.post(*arguments)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(webhook_delivery, "post", taken_and_dead)
        with pytest.raises(KeyboardInterrupt):
            deliver(hook.pk)
    assert states() == ["waiting"]
    deliver(hook.pk)
    assert states() == ["sent"] and len({request.headers["webhook-id"] for request in receiver.taken}) == 1


def test_one_worker_at_a_time_sends_for_a_webhook(matrix: Matrix, receiver: Receiver) -> None:
    hook = subscribe(matrix, receiver.address)
    edit_plant(matrix.beta_plant, actor=matrix.sales_manager, city="A")
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s, %s)", [webhook_delivery.LOCKS, hook.pk])
            assert deliver(hook.pk) is False and receiver.taken == []
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [webhook_delivery.LOCKS, hook.pk])
    finally:
        other.close()
    deliver(hook.pk)
    assert states() == ["sent"]


def test_much_goes_in_turns(matrix: Matrix, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    hook = subscribe(matrix, receiver.address)
    edit_plant(matrix.beta_plant, actor=matrix.sales_manager, city="A")
    monkeypatch.setattr(webhook_delivery, "TURN", 0)
    assert deliver(hook.pk) is True and states() == ["waiting"]


def test_the_secret_is_sealed_shown_once_and_renewed(matrix: Matrix, receiver: Receiver) -> None:
    hook = subscribe(matrix, receiver.address)
    stored = Webhook.objects.get()
    assert hook.shown_secret.startswith("whsec_") and hook.shown_secret not in stored.secret
    assert not hasattr(stored, "shown_secret") and not hasattr(stored.events.get(), "secret")
    renewed = renew_webhook_secret(stored, actor=matrix.administrator)
    assert renewed.shown_secret != hook.shown_secret
    try_webhook(stored, actor=matrix.administrator)
    deliver(hook.pk)
    request = receiver.taken[0]
    arguments = request.headers["webhook-id"], int(request.headers["webhook-timestamp"]), request.body
    assert request.headers["webhook-signature"] == webhook_delivery.sign(renewed.shown_secret, *arguments)


@pytest.mark.parametrize(
    ("values", "field", "code"),
    [
        ({"url": "http://example.com/"}, "url", "not_https"),
        ({"url": "https://10.0.0.1/"}, "url", "address_refused"),
        ({"event_types": []}, "event_types", "no_events"),
        ({"event_types": ["accounts.secret.changed"]}, "event_types", "unknown_event"),
        ({"name": "ERP"}, "name", "name_taken"),
        ({"name": ""}, "name", "invalid"),
        ({"secret": "mine"}, "secret", "not_editable"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_kept(
    matrix: Matrix, nothing_changed: Any, values: dict[str, Any], field: str, code: str
) -> None:
    subscribe(matrix, "https://example.com/")
    whole = {"name": "Another", "url": "https://example.com/", "event_types": PLANTS}
    with nothing_changed(), pytest.raises(Denied) as refused:
        create_webhook(Webhook, actor=matrix.administrator, **whole | values)
    assert (refused.value.field, refused.value.code) == (field, code)


def test_nobody_who_left_can_be_the_owner(matrix: Matrix, nothing_changed: Any) -> None:
    gone = UserFactory(is_active=False)
    with nothing_changed(), pytest.raises(Denied) as refused:
        subscribe(matrix, "https://example.com/", gone)
    assert refused.value.field == "owner"


def test_whatever_has_an_endpoint_and_a_history_can_be_told() -> None:
    names = set(event_names())
    assert {
        "accounts.customer.created",
        "catalog.product.changed",
        "core.document.deleted",
        "accounts.assignment.changed",
    } <= names
    assert not [name for name in names if name.startswith(("core.notification.", "core.job.", "core.webhookdelivery."))]


def test_old_deliveries_are_forgotten(matrix: Matrix, receiver: Receiver) -> None:
    hook = subscribe(matrix, receiver.address)
    for city in ("A", "B"):
        edit_plant(matrix.beta_plant, actor=matrix.sales_manager, city=city)
    first = WebhookDelivery.objects.order_by("pk").first()
    WebhookDelivery.objects.filter(pk=first.pk).update(happened_at=timezone.now() - timedelta(days=31))
    assert forget_old_deliveries() == 1 and states() == ["waiting"]
    assert hook.deliveries.exclude(pk=first.pk).exists()


@pytest.mark.worker
@pytest.mark.django_db(transaction=True)
def test_a_real_worker_sends_on_commit_and_sweeps_what_the_broker_never_got(
    certificates: tuple[Path, Path], redis_url: str, data_folder: Path, settings: Any
) -> None:
    settings.OUTGOING_HOSTS = ["localhost"]
    arrived: list[Taken] = []
    with Receiver(certificates[1]) as receiver:
        matrix = build()
        subscribe(matrix, receiver.address)
        workers.send_to("redis://127.0.0.1:1/0")  # nobody listens there
        edit_plant(matrix.beta_plant, actor=matrix.sales_manager, city="While the broker is away")
        assert states() == ["waiting"] and receiver.taken == arrived
        names = {"OUTGOING_HOSTS": "localhost", "OUTGOING_CA": str(certificates[0])}
        with workers.Worker(workers.apart(redis_url), data_folder, SECRET_KEY=settings.SECRET_KEY, **names) as worker:
            workers.send_to(worker.broker_url)
            try:
                workers.app.send_task("kam.core.tasks.tell_webhooks")  # as beat does
                worker.wait_for("deliver_webhook[")
                worker.wait_for("succeeded")
                _sent(worker, 1)
                from kam.core import dispatch

                dispatch._away_until = 0.0
                edit_plant(matrix.beta_plant, actor=matrix.sales_manager, city="Now it is back")
                _sent(worker, 2)
            finally:
                workers.send_to("memory://")
        assert [version for _type, _key, version in told(receiver)] == [2, 3]


def _sent(worker: workers.Worker, count: int) -> None:
    """Listen until so many deliveries are done."""
    while WebhookDelivery.objects.filter(state=State.SENT).count() < count:
        worker.wait_for("succeeded")
