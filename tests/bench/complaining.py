"""Complaints under load: a thousand of eight clients beside bare twins, how fast their mails go out, and the board over very many."""

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from django.contrib.contenttypes.models import ContentType
from django.db import connection

from accounts.models import Location, Plant
from complaints.actions import receive_complaint
from complaints.models import Complaint
from complaints.models.complaints import ACKNOWLEDGE
from kam.core import clock
from kam.core.mails import OutgoingMail
from kam.core.notifications import Notification
from kam.core.tokens import issue_token
from kam.core.work_items import WorkItem
from kam.launch.broker import Broker
from kam.launch.processes import Register
from tests import workers
from tests.bench import growth
from tests.bench.entering import Client
from tests.bench.servers import Server, environment
from tests.bench.stage import COUNTRIES, Person
from tests.factories.accounts import DepartmentFactory, UserFactory
from tests.post_office import PostOffice

CLIENTS, TURNS, EACH = 8, 5, 25
CALLED, PEOPLE_EACH = ("quality", "production", "technical"), 2
COMPLAINTS, BOARD = "/api/v1/complaints/", "/complaints/"
UNANSWERED = f"{BOARD}?unanswered=true&open=true"
PATIENCE = 1_200
TABLES = ("complaints_complaint", "core_workitem")
#: One of twenty is still open, and its departments have still to acknowledge it.
OPEN_ONE_OF = 20
WORK = """
INSERT INTO core_workitem (version, content_type_id, object_id, kind, occasion, payload, addressed_to, audience, excluded, state, level,
    informed, raised_to, asked_at, asked_by_id, due_at, done_at, answer, comment)
SELECT 1, item.content_type_id, one.id, item.kind, '', item.payload, item.addressed_to, item.audience, '{}',
    CASE WHEN one.status = 'received' THEN 'open' ELSE 'done' END, 0, '{}', '{}', one.received_at, item.asked_by_id, one.received_at,
    CASE WHEN one.status <> 'received' THEN one.received_at END, '', ''
FROM complaints_complaint one JOIN core_workitem item ON item.object_id = %(like)s AND item.content_type_id = %(kind)s
    AND item.kind = %(acknowledge)s
WHERE one.id <> %(like)s
"""
PLACED = """
SELECT p.id, s.location_id, row_number() OVER (ORDER BY p.id) AS place FROM accounts_plant p
JOIN LATERAL (SELECT location_id FROM accounts_plantservice WHERE plant_id = p.id LIMIT 1) s ON true
"""
numbers = count(1)


@dataclass(frozen=True)
class Posted:
    """Seconds of each turn, ours beside the twin's; what was posted; and how many mails went out in how many seconds."""

    ours: list[float]
    bare: list[float]
    complaints: int
    mails: int
    seconds: float


@contextmanager
def broker(folder: Path) -> Iterator[str]:
    """A Redis of its own; answers its address."""
    data = folder / "broker"
    (data / "run").mkdir(parents=True)
    redis = Broker(data, Register(data), "")
    redis.start()
    try:
        yield redis.url
    finally:
        redis.stop()


def departments(location: Location) -> dict[str, list[int]]:
    """The departments of a location that a complaint calls, and the people of each."""
    found = {}
    for function in CALLED:
        audience = DepartmentFactory(location=location, function=function).audience
        found[audience] = [UserFactory(role=function, role__location=location).pk for _person in range(PEOPLE_EACH)]
    return found


def measure(person: Person, folder: Path) -> Posted:
    """A thousand complaints of eight clients at the same moment, in turns with a thousand of the twin; then a worker sends the mails.

    They are sold by four locations and made by one. Stops where one is missing or doubled, or a department or a person was not told of one.
    """
    plants = [Plant.objects.visible_to(person.user).filter(country=country).order_by("pk")[0] for country in COUNTRIES]
    sold = [plant.services.values_list("location", flat=True)[0] for plant in plants]
    called = departments(Location.objects.get(pk=sold[0]))
    tokens = [issue_token(UserFactory(role="sales_manager"), name="bench") for _client in range(CLIENTS)]
    kinds = [ContentType.objects.get_for_model(model).pk for model in (Complaint, WorkItem)]
    given = {"asks": list(called), "tells": [one for people in called.values() for one in people], "kinds": kinds}

    def body(bare: bool, client: int) -> bytes:
        number, place = next(numbers), client % len(plants)
        told = {"plant": plants[place].pk, "selling_location": sold[place], "producing_location": sold[0]}
        told |= {"text": f"Belts tear, {number}"}
        if bare:
            told |= given | {"number": f"BARE-{number}", "received_at": clock.now().isoformat(), "reported_by": person.user.pk}
        return json.dumps(told).encode()

    times: dict[bool, list[float]] = {False: [], True: []}
    keys: list[int] = []
    with (
        broker(folder) as address,
        Server("kam.wsgi:application", environment() | {"REDIS_URL": address}, folder / "complaints.log") as product,
        Server("tests.bench.bare:application", environment(), folder / "bare-complaints.log") as bare,
    ):
        for _turn in range(TURNS):
            for server, is_bare in ((product, False), (bare, True)):
                bodies = [[body(is_bare, client) for _complaint in range(EACH)] for client in range(CLIENTS)]
                server.wake()
                begun = time.perf_counter()
                with ThreadPoolExecutor(CLIENTS) as clients:
                    made = list(clients.map(lambda some: _post(*some), zip([server.port] * CLIENTS, tokens, bodies, strict=True)))
                times[is_bare].append(time.perf_counter() - begun)
                keys += [] if is_bare else [key for one in made for key in one]
        _check(keys)
        mails = OutgoingMail.objects.count()
        return Posted(times[False], times[True], len(keys), mails, _drain(address, folder))


def _post(port: int, token: str, bodies: list[bytes]) -> list[int]:
    client = Client(port, token)
    return [client.post(COMPLAINTS, body)["id"] for body in bodies]


def _check(keys: list[int]) -> None:
    """Every complaint is there once, with the work of each department and a notice for each of its people."""
    rows = Complaint.objects.filter(pk__in=keys)
    items = WorkItem.objects.filter(kind=ACKNOWLEDGE, object_id__in=keys)
    notices = Notification.objects.filter(kind="work_assigned", object_id__in=items.values("pk"))
    found = (len(set(keys)), rows.values("number").distinct().count(), rows.values("text").distinct().count())
    alerts = items.count(), notices.count()
    posted = CLIENTS * TURNS * EACH
    if found != (posted,) * 3 or alerts != (posted * len(CALLED), posted * len(CALLED) * PEOPLE_EACH):
        raise SystemExit(f"Of {posted} complaints {found} are there, with {alerts} work items and notices")


def _drain(address: str, folder: Path) -> float:
    """Seconds in which one process of a worker hands over every mail that waits."""
    with PostOffice() as office, workers.Worker(address, folder, EMAIL_URL=f"smtp://127.0.0.1:{office.port}") as worker:
        begun = time.perf_counter()
        while waiting := OutgoingMail.objects.filter(state="waiting").count():
            if worker.process.poll() is not None or time.perf_counter() - begun > PATIENCE:
                raise SystemExit(f"{waiting} mails were not sent")
            time.sleep(0.1)
        spent = time.perf_counter() - begun
        handed = {one.content.partition(b"Message-ID: ")[2].partition(b"\r\n")[0] for one in office.taken}
        if len(handed) != len(office.taken):
            raise SystemExit("A mail came twice")
    return spent


def boards(complaints: dict[str, int]) -> Callable[[growth.Side, dict[str, Person], dict[str, str]], growth.Pages]:
    """Each database gets so many complaints, by its name; the board, and those that a department has yet to acknowledge."""

    def opened(side: growth.Side, people: dict[str, Person], _customers: dict[str, str]) -> growth.Pages:
        plant = Plant.objects.order_by("pk")[0]
        location = plant.services.select_related("location")[0].location
        departments(location)
        like = receive_complaint(Complaint, actor=people["sales manager"].user, plant=plant, text="Belts tear")
        columns = [one for one in Complaint._meta.concrete_fields if not (one.primary_key or one.generated)]
        theirs = {
            "number": "'C-' || n",
            "plant_id": "plant.id",
            "selling_location_id": "plant.location_id",
            "producing_location_id": "plant.location_id",
            "received_at": "now() - n * interval '10 minutes'",
            "status": f"CASE WHEN n % {OPEN_ONE_OF} = 0 THEN 'received' ELSE 'withdrawn' END",
        }
        told = ", ".join(theirs.get(one.column, f"one.{one.column}") for one in columns)
        with connection.cursor() as cursor:
            for table in TABLES:
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            cursor.execute(
                f"INSERT INTO complaints_complaint ({', '.join(one.column for one in columns)}) SELECT {told} "
                f"FROM complaints_complaint one CROSS JOIN generate_series(1, {complaints[side.name]}) n "
                f"JOIN ({PLACED}) plant ON plant.place = 1 + n::bigint * 7919 % {Plant.objects.count()} WHERE one.id = {like.pk}"
            )
            kind = ContentType.objects.get_for_model(Complaint).pk
            cursor.execute(WORK, {"like": like.pk, "kind": kind, "acknowledge": ACKNOWLEDGE})
            for table in TABLES:
                cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
            cursor.execute("VACUUM ANALYZE")
        opens = {"Board of open complaints": f"{BOARD}?open=true", "Board, not acknowledged by all": UNANSWERED}
        everything = {"All complaints": BOARD}
        return {"area manager": everything, "sales manager": opens | everything}  # of whom a page is full in both

    return opened
