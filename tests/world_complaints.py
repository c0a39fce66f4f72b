"""Complaints and turns on call in the world of the permission matrix."""

from complaints.models import Complaint
from kam.core.work import withdraw_work
from tests.factories.accounts import DepartmentFactory, LocationFactory
from tests.factories.complaints import analysed, caused, complained, cost, on_call, planned, settled, wanted
from tests.factories.reports_8d import IDENTIFIED
from tests.world_people import LONG_AGO, PEOPLE, World

READERS = "arsbtqplfemu"
COST_READERS = "arsfmu"


def of_the_complaints(world: World) -> None:
    """Complaints of ACME in America about what Italy makes, as far along as a verb needs them, and of GAMMA; who is on call where."""
    built, china = world.built, LocationFactory(country="CN")
    heads: dict[str, dict[str, str]] = {"complaint": {}, "received_complaint": {"remedy": ""}}
    for kind, head in heads.items():
        own = complained(built.acme_us_plant, built.usa, built.italy, contact=world.own["contact"], **head)
        foreign = complained(world.foreign["plant"], china, **head)
        if head:
            # They say everything by now, and nobody has registered them.
            Complaint.objects.filter(pk__in=[own.pk, foreign.pk]).update(remedy="credit")
        # What the process says of them later: their status alone decides what can be done.
        Complaint.objects.filter(pk__in=[own.pk, foreign.pk]).update(
            depth="statement", assessed_at=LONG_AGO, leader=built.technical_it, answer="The joint was not cured.", answered_at=LONG_AGO,
            answered_to="buyer@acme.example", closed_at=LONG_AGO, receipt_at=LONG_AGO, receipt_way="phone",
        )  # fmt: skip
        for one in (own, foreign):
            withdraw_work(one, actor=None)  # whoever was alerted has answered
        world.own[kind] = dict.fromkeys(READERS, own)
        world.foreign[kind] = {letter: own if letter not in READERS else foreign for letter in PEOPLE if letter not in "smu"}
    # Whoever leads or checks the foreign one is nobody of the world.
    DepartmentFactory(location=china, function="quality")
    worked = {
        "own": analysed(
            complained(built.acme_us_plant, built.usa, built.italy, contact=world.own["contact"], **IDENTIFIED),
            done=True,
            leader=built.technical_it,
        ),
        "foreign": analysed(complained(world.foreign["plant"], china), done=True),
    }
    for kind, make in (
        ("worked", lambda one: one),
        ("cause", lambda one: caused(one, "system", root=False)),
        ("action", lambda one: planned(one, one.causes.order_by("pk")[0], done=True)),
        ("complaint_letter", lambda one: one.letters.get()),
    ):
        mine, theirs = (make(one) for one in worked.values())
        world.own[kind] = dict.fromkeys(READERS, mine)
        world.foreign[kind] = {letter: mine if letter not in READERS else theirs for letter in PEOPLE if letter not in "smu"}
    for kind, make, readers in (("settlement", settled, READERS), ("complaint_cost", cost, COST_READERS)):
        mine, theirs = (make(one) for one in worked.values())
        world.own[kind] = dict.fromkeys(readers, mine)
        world.foreign[kind] = {letter: mine if letter not in readers else theirs for letter in PEOPLE if letter not in "smu"}
    mine, other = wanted(built.acme_us, "d3", 2, "working_days"), wanted(world.foreign["customer"], "d3", 48, "hours")
    world.own["deadline"] = dict.fromkeys(READERS, mine)
    world.foreign["deadline"] = {letter: mine if letter not in READERS else other for letter in PEOPLE if letter not in "smu"}
    italian = on_call(built.italy.departments.order_by("pk").first(), person=built.quality_it)
    american = on_call(DepartmentFactory(location=built.usa, function="quality"), person=built.area_manager_us)
    world.own["on_call"] = {letter: american if letter == "r" else italian for letter in PEOPLE if letter != "g"}
    world.others["on_call"] = {letter: italian if letter in "rg" else american for letter in "rgbtqplfe"}
