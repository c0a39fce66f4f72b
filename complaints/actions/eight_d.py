"""The disciplines of an 8D: team, problem, containment, causes, actions, prevention; each gate says what is still missing (domain 6.2)."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from catalog.actions.rows import faults, refuse
from complaints.actions.assessing import said
from complaints.actions.deadlines import hand_on, meet_steps
from complaints.actions.letters import address_of, write_letter
from complaints.models import Complaint, ComplaintLetter, Containment, ProblemFact, Step, TeamMember
from complaints.models.process import IN_WORK
from kam.core import clock
from kam.core.verbs import verb
from kam.core.workflow import Denied

Rows = Sequence[dict[str, Any]]
#: The places that nobody may leave blank; at the others pieces need not be.
PLACES = (Containment.Place.CUSTOMER, Containment.Place.TRANSIT, Containment.Place.STOCK, Containment.Place.WIP)


def why_not_worked_on(complaint: Complaint) -> Denied | None:
    """The disciplines are written between assessment and answer."""
    if complaint.status in IN_WORK:
        return None
    return Denied("not_in_work", _("This is written between assessment and answer."))


def _in_work(complaint: Complaint) -> None:
    denied = why_not_worked_on(complaint)
    if denied:
        raise denied


def _write(complaint: Complaint, model: Any, key: str, rows: Rows) -> None:
    """Put these rows in place of those that stand, each known by its key; what stays as it was is not written. Raises Denied."""
    known = {getattr(one, key): one for one in model.objects.filter(complaint=complaint)}
    wrong: list[Denied] = []
    kept = []
    for values in rows:
        which = values[key]
        row = known.get(which) or model(complaint=complaint)
        before = {name: getattr(row, name, None) for name in values} if row.pk else {}
        for name, value in values.items():
            setattr(row, name, value)
        word = getattr(which, "pk", which)
        wrong += faults(row, exclude=("complaint",), prefix=f"{word}_")
        kept.append((row, before == values))
    refuse(wrong)
    stay = {row.pk for row, _same in kept if row.pk}
    for row in known.values():
        if row.pk not in stay:
            row.delete()
    for row, same in kept:
        if not same:
            row.save()


@verb("complaints.write_team", _("Team (D1)"))
def write_team(
    complaint: Complaint, *, actor: Any, reason: str = "", members: Sequence[Any] = (), champion: Any = None
) -> Complaint:
    """Say who is in the team besides the leader; who is not named leaves it. Raises Denied."""
    _in_work(complaint)
    rows = [{"person": champion, "part": TeamMember.Part.CHAMPION}] if champion else []
    rows += [{"person": one, "part": TeamMember.Part.MEMBER} for one in dict.fromkeys(members) if one != champion]
    _write(complaint, TeamMember, "person", rows)
    return complaint


@verb("complaints.write_problem", _("Problem (D2)"))
def write_problem(complaint: Complaint, *, actor: Any, reason: str = "", facts: Rows = ()) -> Complaint:
    """Say what it is and is not, where, when and how much; a question that is not named is taken away. Raises Denied."""
    _in_work(complaint)
    _write(complaint, ProblemFact, "question", facts)
    return complaint


@verb("complaints.write_containment", _("Containment (D3)"))
def write_containment(complaint: Complaint, *, actor: Any, reason: str = "", places: Rows = ()) -> Complaint:
    """Say place by place how many pieces are there and what is done with them; zero is said, blank is not zero. Raises Denied."""
    _in_work(complaint)
    found = {row["place"]: row for row in places}
    wrong = [
        Denied("place_blank", _("Say how many are there; where there are none, write 0."), field=f"{place}_quantity", status=400)
        for place in PLACES
        if found.get(place, {}).get("quantity") is None
    ]
    wrong += [
        Denied("action_missing", _("Say what is done with these pieces."), field=f"{place}_action", status=400)
        for place, row in found.items()
        if row.get("quantity") and not str(row.get("action", "")).strip()
    ]
    refuse(wrong)
    _write(complaint, Containment, "place", [row for row in places if row.get("quantity") is not None])
    if complaint.status == Complaint.Status.ASSESSED:
        Complaint.workflow.move(complaint, "complaints.write_containment")
        complaint.save()
    hand_on(complaint, actor=actor)
    return complaint


@verb("complaints.finish_containment", _("First answer sent (D3)"))
def finish_containment(
    complaint: Complaint, *, actor: Any, reason: str = "", sent_to: str = "", by_mail: bool = False
) -> Complaint:
    """Note that containment works and that the customer reads of it, by a mail from here where told; the causes come next. Raises Denied."""
    Complaint.workflow.move(complaint, "complaints.finish_containment")
    to = address_of(complaint, sent_to, by_mail=by_mail)
    complaint.contained_to, complaint.contained_at = to.words, clock.now()
    complaint.save()
    write_letter(complaint, ComplaintLetter.Kind.INTERIM, actor=actor, to=to)
    meet_steps(complaint, Step.D3)
    hand_on(complaint, actor=actor)
    return complaint


@verb("complaints.define_actions", _("Causes found, actions defined (D4, D5)"))
def define_actions(complaint: Complaint, *, actor: Any, reason: str = "") -> Complaint:
    """Go on to carrying out: the root causes of occurrence and of non-detection are verified, each has an action (AT-75). Raises Denied."""
    Complaint.workflow.move(complaint, "complaints.define_actions")
    complaint.analysed_by = actor
    complaint.save()
    meet_steps(complaint, Step.D4, Step.D5)
    hand_on(complaint, actor=actor)
    return complaint


@verb("complaints.implement_actions", _("Actions implemented (D6)"))
def implement_actions(complaint: Complaint, *, actor: Any, reason: str = "") -> Complaint:
    """Go on to prevention: every action is done, with its proof, and verified by another than who did it. Raises Denied."""
    Complaint.workflow.move(complaint, "complaints.implement_actions")
    complaint.implemented_at = clock.now()
    complaint.save()
    meet_steps(complaint, Step.D6)
    hand_on(complaint, actor=actor)
    return complaint


@verb("complaints.write_prevention", _("Prevention (D7)"))
def write_prevention(
    complaint: Complaint, *, actor: Any, reason: str = "", papers: str = "", similar: str = "", lessons: str = ""
) -> Complaint:
    """Say which FMEA, control plan and instructions were changed, what was done at similar products and locations, and what was learned.

    Raises Denied.
    """
    Complaint.workflow.move(complaint, "complaints.write_prevention")
    complaint.prevention_papers, complaint.prevention_similar = said(papers, "papers"), said(similar, "similar")
    complaint.lessons = said(lessons, "lessons")
    complaint.save()
    meet_steps(complaint, Step.D7)
    hand_on(complaint, actor=actor)
    return complaint
