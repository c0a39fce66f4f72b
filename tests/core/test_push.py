"""Web push: sealed as the standard's example says, once per device, by the reader's rights of that moment, and never lost."""

import base64
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.test import Client
from django.urls import reverse

from catalog.actions.document_work import RECEIVE
from kam.core import clock, dispatch
from kam.core.devices import MOST_DEVICES, PushDevice, PushMessage, decoded, due_pushes, register_device
from kam.core.mails import ATTEMPTS, suppress_unsent
from kam.core.notifications import Notification, notify, read_notification, set_preference
from kam.core.push import deliver, public_key, seal
from kam.core.tasks import sweep_pushes
from kam.core.work import WorkItem, assign_work
from kam.core.workflow import Denied
from tests import workers
from tests.factories.accounts import WorkingCalendarFactory
from tests.matrix import Matrix, build
from tests.receiver import Receiver, make_authority

pytestmark = pytest.mark.django_db
SECRET = b"sixteen bytes it"


def written(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return make_authority(tmp_path_factory.mktemp("authority"), "localhost")


@pytest.fixture
def service(certificates: tuple[Path, Path], settings: Any) -> Iterator[Receiver]:
    """A push service: it takes what it is sent, as that of a browser's maker does."""
    settings.OUTGOING_HOSTS, settings.OUTGOING_CA = ["localhost"], str(certificates[0])
    with Receiver(certificates[1]) as server:
        yield server


def place_of(service: Receiver) -> str:
    return service.address.partition("/kam")[0]


class Browser:
    """A browser: it has keys, says how to reach it, and alone can open what it is sent."""

    def __init__(self, service: Receiver, place: str = "one") -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.said = {
            "endpoint": f"{place_of(service)}/{place}", "public_key": written(self.point), "secret": written(SECRET), "name": "Firefox, Android",
        }  # fmt: skip

    def open(self, sealed: bytes) -> dict[str, Any]:
        """What a message says (RFC 8188 and RFC 8291, from the receiver's side)."""

        def derived(length: int, salt: bytes, secret: bytes, use: bytes) -> bytes:
            return HKDF(hashes.SHA256(), length=length, salt=salt, info=use).derive(secret)

        salt, size, content = sealed[:16], sealed[20], sealed[21:]
        sender, content = content[:size], content[size:]
        met = self.key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender))
        shared = derived(32, SECRET, met, b"WebPush: info\0" + self.point + sender)
        key = derived(16, salt, shared, b"Content-Encoding: aes128gcm\0")
        plain = AESGCM(key).decrypt(derived(12, salt, shared, b"Content-Encoding: nonce\0"), content, None)
        assert plain.endswith(b"\x02")
        return dict(json.loads(plain[:-1]))


@pytest.fixture
def matrix() -> Matrix:
    return build()


@pytest.fixture
def item(matrix: Matrix) -> WorkItem:
    """Work of the account manager, which nobody else sees."""
    calendar = WorkingCalendarFactory(country="IT")
    return assign_work(calendar, RECEIVE, to=matrix.account_manager, actor=None, payload={"document": "Drawing"})


def tell(item: WorkItem, occasion: str = "now", *, urgent: bool = True) -> Notification:
    """Tell the account manager something, urgent or not."""
    context = {"level": "N2", "cause": ""}
    (told,) = notify("work_late", item, to=[item.assignee], occasion=occasion, urgent=urgent, context=context)
    return told


def states() -> list[str]:
    return list(PushMessage.objects.order_by("pk").values_list("state", flat=True))


def sent() -> int:
    return sum(deliver(key) for key in due_pushes())


def test_sealed_as_in_the_example_of_the_standard() -> None:
    """RFC 8291, section 5."""
    once = ec.derive_private_key(int.from_bytes(decoded("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw")), ec.SECP256R1())
    sealed = seal(
        b"When I grow up, I want to be a watermelon",
        public_key=decoded("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"),
        secret=decoded("BTBZMqHH6r4Tts7J_aSIgg"),
        once=once,
        salt=decoded("DGv6ra1nlYgDCS1FRnbzlw"),
    )
    assert written(sealed) == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95b"
        "Qpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )


def test_each_device_is_told_once_in_the_language_of_its_person(matrix: Matrix, item: WorkItem, service: Receiver) -> None:
    matrix.account_manager.language = "de"
    matrix.account_manager.save()
    browsers = [Browser(service, place) for place in ("one", "two")]
    for browser in browsers:
        register_device(matrix.account_manager, **browser.said)
    register_device(matrix.sales_manager, **Browser(service, "other").said)
    told = tell(item)
    assert (sent(), sent()) == (2, 0)
    taken = {request.path: request for request in service.taken}
    assert set(taken) == {"/one", "/two"} and states() == ["sent", "sent"]
    for browser, place in zip(browsers, ("/one", "/two"), strict=True):
        message = browser.open(taken[place].body)
        assert message["language"] == "de" and message["title"].startswith("Überfällig")
        assert message["address"] == f"/notifications/{told.pk}/open/"
        assert len(taken[place].body) <= 4096
    assert PushDevice.objects.exclude(last_sent_at=None).count() == 2


def test_the_service_can_check_that_it_comes_from_here(matrix: Matrix, item: WorkItem, service: Receiver, settings: Any) -> None:
    """RFC 8292: who sends, to which service, for a day at most, signed with the key that the browser was given."""
    settings.PUBLIC_URL = "https://kam.example"
    register_device(matrix.account_manager, **Browser(service).said)
    tell(item)
    assert sent() == 1
    headers = service.taken[0].headers
    token, key = (part.split("=", 1)[1] for part in headers["authorization"].removeprefix("vapid ").split(", "))
    assert key == public_key() and (headers["urgency"], headers["ttl"]) == ("high", "86400")
    signer = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decoded(key))
    claims = jwt.decode(token, signer, ["ES256"], audience=place_of(service))
    assert claims["sub"] == "https://kam.example" and 0 < claims["exp"] - clock.now().timestamp() <= 86400


def test_only_what_is_told_at_once(matrix: Matrix, item: WorkItem, service: Receiver) -> None:
    register_device(matrix.account_manager, **Browser(service).said)
    set_preference(matrix.account_manager, "work_late", "digest")
    tell(item, "calm", urgent=False)
    assert not PushMessage.objects.exists()
    set_preference(matrix.account_manager, "work_late", "mail")
    tell(item, "chosen", urgent=False)
    set_preference(matrix.account_manager, "work_late", "off")
    tell(item, "urgent")
    assert sent() == 2
    assert [request.headers["urgency"] for request in service.taken] == ["normal", "high"]


@pytest.mark.parametrize("lost", ["rights", "account", "read"])
def test_what_may_not_be_told_any_more_is_not_sent(matrix: Matrix, item: WorkItem, service: Receiver, lost: str) -> None:
    register_device(matrix.account_manager, **Browser(service).said)
    told = tell(item)
    if lost == "rights":
        WorkItem.objects.filter(pk=item.pk).update(
            assignee=matrix.account_manager2, audience=f"user:{matrix.account_manager2.pk}", informed=[]
        )
    elif lost == "account":
        matrix.account_manager.is_active = False
        matrix.account_manager.save()
    else:
        read_notification(told, actor=matrix.account_manager)
    assert sent() == 0 and states() == ["cancelled"] and service.taken == []


@pytest.mark.parametrize("status", [404, 410])
def test_a_device_that_is_known_no_longer_is_forgotten(matrix: Matrix, item: WorkItem, service: Receiver, status: int) -> None:
    register_device(matrix.account_manager, **Browser(service).said)
    register_device(matrix.account_manager, **Browser(service, "two").said)
    service.answer = lambda taken: (status if taken.path == "/one" else 201, {}, b"")
    tell(item)
    assert sent() == 1
    assert [device.endpoint for device in PushDevice.objects.all()] == [f"{place_of(service)}/two"] and states() == ["sent"]


def test_a_service_in_trouble_is_asked_again(
    matrix: Matrix, item: WorkItem, service: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    register_device(matrix.account_manager, **Browser(service).said)
    service.answer = lambda _taken: (503, {}, b"later")
    tell(item)
    assert sent() == 0 and states() == ["waiting"] and due_pushes() == []
    assert "503 later" in PushMessage.objects.get().last_error
    service.answer = lambda _taken: (201, {}, b"")
    PushMessage.objects.update(not_before=clock.now() - timedelta(seconds=1))
    assert sweep_pushes() == 1 and states() == ["sent"]


def test_it_is_given_up_after_two_hours(matrix: Matrix, item: WorkItem, service: Receiver) -> None:
    register_device(matrix.account_manager, **Browser(service).said)
    service.answer = lambda _taken: (500, {}, b"")
    tell(item)
    for _attempt in range(ATTEMPTS):
        PushMessage.objects.update(not_before=clock.now() - timedelta(seconds=1))
        assert sent() == 0
    assert states() == ["failed"] and PushMessage.objects.get().attempts == ATTEMPTS
    assert Notification.objects.get(kind="work_late").mail is not None  # and the e-mail went its own way


def test_after_a_restore_nothing_is_told_again(matrix: Matrix, item: WorkItem, service: Receiver) -> None:
    register_device(matrix.account_manager, **Browser(service).said)
    tell(item)
    suppress_unsent()
    assert states() == ["cancelled"] and sent() == 0


def test_a_device_belongs_to_who_registered_it_last(matrix: Matrix, item: WorkItem, service: Receiver) -> None:
    browser = Browser(service)
    first = register_device(matrix.account_manager, **browser.said)
    assert register_device(matrix.account_manager, **browser.said | {"name": "Renamed"}).pk == first.pk
    tell(item)
    register_device(matrix.sales_manager, **browser.said)
    assert sent() == 0 and service.taken == []
    assert [device.user for device in PushDevice.objects.all()] == [matrix.sales_manager]


def test_the_oldest_device_gives_way(matrix: Matrix, item: WorkItem, service: Receiver) -> None:
    for number in range(MOST_DEVICES + 2):
        register_device(matrix.account_manager, **Browser(service, str(number)).said)
    kept = [device.endpoint.rpartition("/")[2] for device in PushDevice.objects.order_by("pk")]
    assert kept == [str(number) for number in range(2, MOST_DEVICES + 2)]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"endpoint": "http://push.example/one"}, "not_https"),
        ({"endpoint": "https://169.254.169.254/latest"}, "address_refused"),
        ({"endpoint": f"https://push.example/{'x' * 500}"}, "bad_address"),
        ({"public_key": written(b"\x04" + b"\0" * 64)}, "bad_device"),
        ({"public_key": "not base64!"}, "bad_device"),
        ({"public_key": "é"}, "bad_device"),
        ({"secret": written(b"short")}, "bad_device"),
    ],
)
def test_what_is_no_device_is_refused(
    matrix: Matrix, service: Receiver, nothing_changed: Any, wrong: dict[str, str], code: str
) -> None:
    with nothing_changed(), pytest.raises(Denied) as refused:
        register_device(matrix.account_manager, **Browser(service).said | wrong)
    assert refused.value.code == code


def test_registered_and_removed_on_its_page(matrix: Matrix, item: WorkItem, service: Receiver, nothing_changed: Any) -> None:
    browser, address = Client(), reverse("core:device_list")
    browser.force_login(matrix.account_manager)
    assert public_key() in browser.get(address).content.decode()
    with nothing_changed():
        answer = browser.post(address, Browser(service).said | {"secret": "AAAA"})
    assert answer.status_code == 422 and "Reload the page" in answer.content.decode()
    assert browser.post(address, Browser(service).said).status_code == 302
    page = browser.get(address).content.decode()
    assert "Firefox, Android" in page and written(SECRET) not in page
    device = PushDevice.objects.get()
    stranger = Client()
    stranger.force_login(matrix.sales_manager)
    with nothing_changed():
        assert stranger.post(reverse("core:device_remove", args=[device.pk])).status_code == 404
    tell(item)
    assert browser.post(reverse("core:device_remove", args=[device.pk])).status_code == 302
    assert not PushDevice.objects.exists() and sent() == 0


@pytest.mark.worker
@pytest.mark.django_db(transaction=True)
def test_a_real_worker_sends_what_the_broker_never_got(
    redis_url: str, data_folder: Path, service: Receiver, matrix: Matrix, item: WorkItem, settings: Any
) -> None:
    register_device(matrix.account_manager, **Browser(service).said)
    names = {"OUTGOING_HOSTS": "localhost", "OUTGOING_CA": settings.OUTGOING_CA}
    try:
        workers.send_to("redis://127.0.0.1:1/0")  # nobody listens there
        tell(item)
        assert states() == ["waiting"] and service.taken == []
        with workers.Worker(workers.apart(redis_url), data_folder, SECRET_KEY=settings.SECRET_KEY, **names) as worker:
            workers.send_to(worker.broker_url)
            workers.app.send_task("kam.core.tasks.sweep_pushes")  # as beat does
            sent_by(worker, 1)
            dispatch._away_until = 0.0
            tell(item, "again")
            sent_by(worker, 2)
    finally:
        workers.send_to("memory://")
    assert states() == ["sent", "sent"] and len(service.taken) == 2


def sent_by(worker: workers.Worker, count: int) -> None:
    """Listen until so many messages have gone out."""
    while states().count("sent") < count:
        worker.wait_for("succeeded")
