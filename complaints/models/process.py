"""The way of a complaint from assessment to its end: how deep it is answered, who leads it, what was said and when (domain 6.2)."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kam.core.workflow import Denied, Transition

#: Where nobody has judged it yet.
BEFORE_ASSESSMENT = ("received", "registered", "acknowledged", "duplicate", "withdrawn")
#: Where quality works on it.
IN_WORK = ("assessed", "containment", "analysis", "action_defined", "action_implemented", "prevention")
ANSWERED = ("answer_sent", "closed", "effective")


class Depth(models.TextChoices):
    """How deep a complaint is answered (VDA: a statement where the cause was known before)."""

    STATEMENT = "statement", pgettext_lazy("depth", "Statement")
    THREE = "3d", "3D"
    FIVE = "5d", "5D"
    EIGHT = "8d", "8D"


#: From where each depth is answered: with its last discipline done.
ANSWERED_FROM: dict[str, str] = {
    Depth.STATEMENT: "assessed", Depth.THREE: "analysis", Depth.FIVE: "action_defined", Depth.EIGHT: "prevention",
}  # fmt: skip


class Acceptance(models.TextChoices):
    """How the customer took the final answer."""

    ACCEPTED = "accepted", pgettext_lazy("answer", "Accepted by the customer")
    SILENCE = "silence", pgettext_lazy("answer", "No reply after a reminder")


def _person(label: Any) -> Any:
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, editable=False, verbose_name=label, related_name="+"
    )


def _moment(label: Any) -> Any:
    return models.DateTimeField(label, null=True, editable=False)


class Process(models.Model):
    """What the process knows of a complaint besides what the customer said; only its verbs write here."""

    depth = models.CharField(_("depth"), max_length=9, choices=Depth.choices, blank=True, editable=False)
    assessed_at = _moment(_("assessed"))
    leader = _person(_("leader"))
    analysed_by = _person(_("author of the analysis"))
    recognised_at = _moment(_("defect recognised"))
    recognised_by = _person(_("recognised by"))
    contained_at = _moment(_("first answer sent"))
    contained_to = models.CharField(_("first answer sent to"), max_length=254, blank=True, editable=False)
    implemented_at = _moment(_("actions implemented"))
    prevention_papers = models.TextField(_("FMEA, control plan, instructions"), max_length=4000, blank=True, editable=False)
    prevention_similar = models.TextField(_("similar products and locations"), max_length=4000, blank=True, editable=False)
    lessons = models.TextField(_("lessons learned"), max_length=4000, blank=True, editable=False)
    parts_asked_at = _moment(_("parts asked for"))
    parts_arrived_at = _moment(_("parts arrived"))
    rejection = models.TextField(_("why it is not justified"), max_length=4000, blank=True, editable=False)
    rejection_by = _person(_("found not justified by"))
    rejected_at = _moment(_("rejected"))
    rejected_by = _person(_("rejected by"))
    answer = models.TextField(_("answer"), max_length=8000, blank=True, editable=False)
    answered_at = _moment(_("answered"))
    answered_to = models.CharField(_("answered to"), max_length=254, blank=True, editable=False)
    reminded_at = _moment(_("reminded"))
    acceptance = models.CharField(_("customer's reply"), max_length=8, choices=Acceptance.choices, blank=True, editable=False)
    closed_at = _moment(_("closed"))
    closed_by = _person(_("closed by"))
    effectiveness = models.TextField(_("effectiveness"), max_length=4000, blank=True, editable=False)
    effective_at = _moment(_("found effective"))
    reopened_at = _moment(_("reopened"))
    reopenings = models.PositiveSmallIntegerField(_("times reopened"), default=0, editable=False)

    class Meta:
        abstract = True

    @property
    def awaits_parts(self) -> bool:
        """Whether parts were asked for that have not come."""
        return self.parts_asked_at is not None and self.parts_arrived_at is None


#: What of a complaint only the process writes.
PROCESS_FIELDS = tuple(field.name for field in Process._meta.local_fields)
#: What must never be false of it.
PROCESS_CONSTRAINTS = [
    models.CheckConstraint(
        name="complaints_assessed_when",
        condition=Q(status__in=BEFORE_ASSESSMENT) | Q(assessed_at__isnull=False, leader__isnull=False) & ~Q(depth=""),
    ),
    models.CheckConstraint(
        name="complaints_contained_when",
        condition=~Q(status__in=["analysis", "action_defined", "action_implemented", "prevention"])
        | Q(contained_at__isnull=False) & ~Q(contained_to=""),
    ),
    models.CheckConstraint(
        name="complaints_prevented_how",
        condition=~Q(status="prevention") | ~Q(prevention_papers="") & ~Q(prevention_similar="") & ~Q(lessons=""),
    ),
    models.CheckConstraint(
        name="complaints_recognised_who",
        condition=Q(recognised_at=None, recognised_by=None) | Q(recognised_at__isnull=False, recognised_by__isnull=False),
    ),
    models.CheckConstraint(
        name="complaints_parts_asked_first",
        condition=Q(parts_arrived_at=None) | Q(parts_asked_at__isnull=False),
    ),
    models.CheckConstraint(
        name="complaints_unjustified_why",
        condition=~Q(status="unjustified") | Q(rejected_at__isnull=False, rejected_by__isnull=False) & ~Q(rejection=""),
    ),
    models.CheckConstraint(
        name="complaints_answered_what",
        condition=~Q(status__in=ANSWERED) | Q(answered_at__isnull=False) & ~Q(answer="") & ~Q(answered_to=""),
    ),
    models.CheckConstraint(
        name="complaints_closed_by_another",
        condition=~Q(status__in=["closed", "effective"])
        | Q(closed_at__isnull=False)
        & ~Q(acceptance="")
        & ~Q(closed_by=models.F("leader"))
        & ~Q(closed_by=models.F("analysed_by")),
    ),
    models.CheckConstraint(
        name="complaints_effective_why", condition=~Q(status="effective") | Q(effective_at__isnull=False) & ~Q(effectiveness="")
    ),
    models.CheckConstraint(
        name="complaints_reopened_when",
        condition=Q(reopenings=0, reopened_at=None) | Q(reopenings__gt=0, reopened_at__isnull=False),
    ),
]


def _proposed(complaint: Any) -> Denied | None:
    """Quality says first why; the account manager agrees (domain 6.2)."""
    if complaint.rejection:
        return None
    return Denied("nothing_proposed", _("Quality has not said yet why it is not justified."))


def _contains(complaint: Any) -> Denied | None:
    """A statement is about a cause that is known: nothing has to be contained any more."""
    if complaint.depth != Depth.STATEMENT:
        return None
    return Denied("statement_only", _("It is answered with a statement. Assess it deeper to contain it."))


def _contained(complaint: Any) -> Denied | None:
    """D3 is complete once what is done at every place is known to work (domain 6.2)."""
    if all(one.effective for one in complaint.containment.all()):
        return None
    return Denied("not_effective", _("Say for every place with pieces since when containment works, and with which result."))


def _explained(complaint: Any) -> Denied | None:
    """Root causes of the occurrence and of the non-detection, verified, each with an action against it (AT-75)."""
    causes = list(complaint.causes.filter(root=True))
    kinds = {one.kind for one in causes}
    if "occurrence" not in kinds:
        return Denied("occurrence_missing", _("The root cause of the occurrence is missing."))
    if "non_detection" not in kinds:
        return Denied("non_detection_missing", _("The root cause of the non-detection is missing: why was it not found before?"))
    acted = set(complaint.actions.filter(discipline="corrective").values_list("cause", flat=True))
    if {one.pk for one in causes} - acted:
        return Denied("action_missing", _("Against every root cause an action is planned."))
    return None


def _carried_out(complaint: Any) -> Denied | None:
    """Every corrective action is done and verified."""
    if complaint.actions.filter(discipline="corrective", verified_on=None).exists():
        return Denied("action_open", _("Every action is carried out with its proof, and verified."))
    return None


def _deep_enough(complaint: Any) -> Denied | None:
    """What is answered less deep than assessed is not answered; preventive actions are done."""
    if complaint.status != ANSWERED_FROM.get(complaint.depth):
        return Denied("not_deep_enough", _("The disciplines of this depth are not done yet."))
    if complaint.status == "prevention" and complaint.actions.filter(verified_on=None).exists():
        return Denied("action_open", _("Every action is carried out with its proof, and verified."))
    return None


def _replied(complaint: Any) -> Denied | None:
    """Nothing ends before the customer had their say."""
    if complaint.acceptance:
        return None
    return Denied("no_reply", _("Note first that the customer accepted the answer, or that they did not reply to a reminder."))


#: The transitions from assessment on.
TRANSITIONS = (
    Transition("complaints.assess_complaint", ("acknowledged", "reopened"), "assessed"),
    Transition("complaints.write_containment", ("assessed",), "containment", _contains),
    Transition("complaints.finish_containment", ("containment",), "analysis", _contained),
    Transition("complaints.define_actions", ("analysis",), "action_defined", _explained),
    Transition("complaints.implement_actions", ("action_defined",), "action_implemented", _carried_out),
    Transition("complaints.write_prevention", ("action_implemented", "prevention"), "prevention"),
    Transition("complaints.send_answer", tuple(ANSWERED_FROM.values()), "answer_sent", _deep_enough),
    Transition("complaints.close_complaint", ("answer_sent",), "closed", _replied),
    Transition("complaints.confirm_effectiveness", ("closed",), "effective"),
    Transition("complaints.reject_complaint", IN_WORK, "unjustified", _proposed),
    Transition("complaints.reopen_complaint", ("closed", "effective", "unjustified"), "reopened"),
)
