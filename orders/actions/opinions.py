"""Opinions of the area managers on a price agreement that holds at all of our locations: asked for, given, let pass (domain 10.5)."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.models.assignments import Assignment
from kam.core import clock, history
from kam.core.formats import day
from kam.core.notifications import define_notification, notify
from kam.core.parameters import define, parameter
from kam.core.verbs import verb
from kam.core.work import assign_work, close_work, define_work, hands_of, withdraw_work
from kam.core.workflow import Denied
from orders.models import AgreementOpinion, PriceAgreement
from orders.models.opinions import Asked

OPINION = define_work("give_opinion", _("Say whether you object to %(record)s at your customers"), on_record=True)
OBJECTED = define_notification("agreement_objected", _("An area manager objects to a price agreement"))
HOLDS = define_notification("agreement_holds", _("A price agreement holds at your location"))
DAYS = define(
    "orders.opinion_days",
    default=5,
    unit="wd",
    label=_("Days in which an area manager objects to a price agreement of all locations; silence is no objection"),
)


def area_managers(record: Any) -> list[Assignment]:
    """Who serves, today, a plant at which a price of this agreement or campaign customer holds; one a person and location."""
    if record.plant_id:
        concerned = Q(plant=record.plant_id)
    else:
        concerned = Q(plant__customer=record.customer_id) if record.customer_id else Q(plant__customer__group=record.group_id)
    if record.location_id:
        concerned &= Q(location=record.location_id)
    serving = Assignment.objects.on(clock.today()).filter(concerned, kind=Assignment.Kind.AREA_MANAGER)
    rows = serving.select_related("user", "location__calendar").order_by("location", "user", "pk")
    return list({(one.location_id, one.user_id): one for one in rows}.values())


def ask_opinions(agreement: PriceAgreement, actor: Any) -> None:
    """Ask who serves its customers, where it holds at all locations; what a campaign asked for was asked about with the campaign."""
    if agreement.location_id or agreement.campaign_lines.exists():
        return
    days = parameter(DAYS.key)
    asked: dict[User, datetime] = {}
    for one in area_managers(agreement):
        if actor is not None and one.user_id == actor.pk:
            continue
        assert one.location is not None
        due = clock.due(clock.now(), days, clock.Unit.WORKING_DAYS, one.location.calendar).at
        AgreementOpinion.objects.create(agreement=agreement, location=one.location, person=one.user, due_at=due)
        asked[one.user] = min(due, asked.get(one.user, due))
    for person, due in asked.items():
        assign_work(agreement, OPINION, to=person, actor=actor, occasion=_occasion(agreement, person.pk), due=due)


def _occasion(agreement: PriceAgreement, person: int) -> str:
    """What keeps the work of one person apart from that of others, and from an earlier handing in."""
    return f"{agreement.submitted_at:%Y-%m-%d %H:%M:%S.%f} {person}"


@verb("orders.give_opinion", _("Give an opinion"))
def give_opinion(
    agreement: PriceAgreement, *, actor: Any, reason: str = "", consents: bool = True, note: str = ""
) -> PriceAgreement:
    """Say, as area manager of a location that was asked, that these prices may hold there, or object and say why. Raises Denied."""
    mine = agreement.opinions.filter(verdict=Asked.Verdict.ASKED)
    if actor is not None:
        mine = mine.filter(person__in=hands_of(actor).people)
    asked = list(mine.locked())
    if not asked or agreement.status != PriceAgreement.Status.IN_APPROVAL:
        raise Denied("not_asked", _("Nobody waits for your opinion here."))
    if not consents and not note.strip():
        raise Denied("reason_needed", _("Say why you object."), field="note", status=400)
    for one in asked:
        one.verdict = Asked.Verdict.AGREED if consents else Asked.Verdict.OBJECTED
        one.note, one.given_by, one.given_at = note.strip()[:1000], actor or one.person, clock.now()
        one.save()
        close_work(agreement, OPINION, actor=actor, occasion=_occasion(agreement, one.person_id))
    if not consents and agreement.submitted_by is not None:
        notify(OBJECTED, agreement, to=[agreement.submitted_by], occasion=f"{asked[0].pk}", actor=actor)
    return agreement


def settle_opinions(agreement: PriceAgreement, *, actor: Any, reason: str) -> None:
    """Before an agreement is approved: everybody asked has answered or let the time pass; over an objection goes only who says why.

    Raises Denied.
    """
    waiting = agreement.opinions.filter(verdict=Asked.Verdict.ASKED)
    open_one = waiting.filter(due_at__gt=clock.now()).select_related("location", "person").order_by("due_at").first()
    if open_one is not None:
        text = _("%(person)s of %(location)s has until %(day)s to object.")
        names = {"person": open_one.person, "location": open_one.location, "day": day(open_one.due_at)}
        raise Denied("opinion_pending", text % names)
    if agreement.opinions.filter(verdict=Asked.Verdict.OBJECTED).exists() and not reason.strip():
        text = _("An area manager objects. Send the agreement back, or say why it holds all the same.")
        raise Denied("reason_needed", text, field="reason", status=400)
    _let_pass(agreement, actor)
    people = {one.person for one in agreement.opinions.select_related("person")}
    notify(HOLDS, agreement, to=list(people), occasion=f"{agreement.version}", actor=actor)


def _let_pass(agreement: PriceAgreement, actor: Any) -> None:
    """Silence is no objection, and is noted."""
    for one in agreement.opinions.overdue(clock.now()).locked():
        one.verdict = Asked.Verdict.SILENT
        one.save()
        said = str(_("The time to object is over."))
        withdraw_work(agreement, actor=actor, kind=OPINION, occasion=_occasion(agreement, one.person_id), reason=said)


def forget_opinions(agreement: PriceAgreement, *, actor: Any, reason: str) -> None:
    """Ask nobody any more about an agreement that was sent back; the history keeps what was said."""
    withdraw_work(agreement, actor=actor, kind=OPINION, reason=reason)
    agreement.opinions.all().delete()


def note_silence() -> int:
    """Note for whom the time to object is over; answers at how many agreements. Twice without harm."""
    late = AgreementOpinion.objects.overdue(clock.now())
    agreements = PriceAgreement.objects.filter(status=PriceAgreement.Status.IN_APPROVAL, pk__in=late.values("agreement"))
    noted = 0
    for key in agreements.order_by("pk").values_list("pk", flat=True):
        with transaction.atomic(), history.bound(actor=None, verb="orders.give_opinion"):
            _let_pass(agreements.locked().get(pk=key), None)
        noted += 1
    return noted
