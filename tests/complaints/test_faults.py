"""A complaint that comes while the broker is away, the mail server refuses and a worker dies: everybody is told, once."""

import os
import signal
import time
from collections import Counter
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from complaints.models import Complaint
from complaints.models.complaints import ACKNOWLEDGE
from kam.core import clock, dispatch
from kam.core.mails import OutgoingMail
from kam.core.notifications import Notification
from kam.core.work_items import WorkItem
from tests import workers
from tests.accounts.test_activity import api
from tests.factories.accounts import DepartmentFactory, UserFactory
from tests.matrix import Matrix
from tests.post_office import PostOffice

pytestmark = [pytest.mark.worker, pytest.mark.django_db(transaction=True)]
SWEEP = "kam.core.tasks.sweep_mails"


def test_everybody_is_told_once_whatever_fails_on_the_way(matrix: Matrix, redis_url: str, data_folder: Path) -> None:
    for function in ("quality", "production", "technical"):
        DepartmentFactory(location=matrix.italy, function=function)
        UserFactory(role=function, role__location=matrix.italy)
    workers.send_to("redis://127.0.0.1:1/0")  # nobody listens there
    dispatch._away_until = 0.0
    told = {"plant": matrix.acme_us_plant.pk, "producing_location": matrix.italy.pk, "text": "Belts tear"}
    assert api(matrix.account_manager).post("/api/v1/complaints/", told, format="json").status_code == 201
    complaint = Complaint.objects.get()
    assert WorkItem.objects.open().on(complaint).filter(kind=ACKNOWLEDGE).count() == 3
    mails = OutgoingMail.objects.order_by("pk")
    readers = Counter(mails.values_list("reader", flat=True))
    assert mails.count() == Notification.objects.exclude(mail=None).count() >= 3
    with PostOffice() as office:
        office.refusal = "451 not now"
        server = {"EMAIL_URL": f"smtp://127.0.0.1:{office.port}"}
        with workers.Worker(workers.apart(redis_url), data_folder, **server) as dying:
            workers.send_to(dying.broker_url)
            dying.carry_out(SWEEP)
            assert set(mails.values_list("state", "attempts")) == {("waiting", 1)} and not office.taken
            mails.update(not_before=clock.now())  # their minutes have passed
            office.refusal = ""
            office.holding.set()
            workers.app.send_task(SWEEP)
            while not office.taken:
                time.sleep(0.05)
            os.killpg(dying.process.pid, signal.SIGKILL)
        office.holding.clear()
        with workers.Worker(workers.apart(redis_url), data_folder, **server) as worker:
            workers.send_to(worker.broker_url)
            for _time in range(2):
                worker.carry_out(SWEEP)
        workers.send_to("memory://")
        arrived = Counter(message_from_bytes(one.content, policy=policy.default)["Message-ID"] for one in office.taken)
    assert set(mails.values_list("state", flat=True)) == {"sent"}
    assert set(arrived) == set(mails.values_list("message_id", flat=True))
    assert sorted(arrived.values())[:-1] == [1] * (len(arrived) - 1)
    assert max(arrived.values()) == 2  # what the server took from the worker that died came again, under the same Message-ID
    assert Counter(mails.values_list("reader", flat=True)) == readers
