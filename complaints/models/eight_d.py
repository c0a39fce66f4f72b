"""The disciplines of an 8D as rows: team, problem, containment by place, causes as a tree, actions with their proof (domain 6.3).

In the containment table blank is not zero: a place that nobody has looked at has no row.
"""

from decimal import Decimal
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.models.products import NOT_NEGATIVE
from complaints.models.complaints import Complaint
from kam.core.history import tracked
from kam.core.records import Record
from kam.core.scoping import ScopedQuerySet


class OfComplaintQuerySet(ScopedQuerySet):
    """What hangs on a complaint: read and written with it."""

    def visible_to(self, user: Any) -> Self:
        return self.filter(complaint__in=Complaint.objects.visible_to(user).values("pk"))

    def permitted(self, user: Any, verb: str) -> Self:
        return self.filter(complaint__in=Complaint.objects.permitted(user, verb).values("pk"))


def _of(related: str) -> Any:
    return models.ForeignKey(
        Complaint, on_delete=models.PROTECT, editable=False, verbose_name=_("complaint"), related_name=related
    )


def _person(label: Any, **more: Any) -> Any:
    return models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, verbose_name=label, related_name="+", **more)


@tracked(beside="complaint")
class TeamMember(Record):
    """Somebody of the team (D1) besides its leader."""

    class Part(models.TextChoices):
        CHAMPION = "champion", pgettext_lazy("team", "Champion")
        MEMBER = "member", pgettext_lazy("team", "Member")

    complaint = _of("team")
    person = _person(_("person"))
    part = models.CharField(_("part"), max_length=8, choices=Part.choices, default=Part.MEMBER)

    objects = OfComplaintQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("team member")
        verbose_name_plural = _("team members")
        ordering = ["part", "pk"]
        constraints = [models.UniqueConstraint(fields=["complaint", "person"], name="complaints_team_once")]

    def __str__(self) -> str:
        return str(self.person)


@tracked(beside="complaint")
class ProblemFact(Record):
    """A line of is and is not (D2)."""

    class Question(models.TextChoices):
        WHAT = "what", pgettext_lazy("problem", "What")
        WHERE = "where", pgettext_lazy("problem", "Where")
        WHEN = "when", pgettext_lazy("problem", "When")
        HOW_MUCH = "how_much", pgettext_lazy("problem", "How much")

    complaint = _of("problem")
    question = models.CharField(_("question"), max_length=8, choices=Question.choices)
    occurs = models.CharField(_("is"), max_length=1000)
    absent = models.CharField(_("is not"), max_length=1000, blank=True)
    difference = models.CharField(_("difference"), max_length=1000, blank=True)

    objects = OfComplaintQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("is and is not")
        verbose_name_plural = _("is and is not")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["complaint", "question"], name="complaints_problem_once")]

    def __str__(self) -> str:
        return str(self.get_question_display())


@tracked(beside="complaint")
class Containment(Record):
    """A place where pieces may be (D3): how many were found there, what is done with them, since when it works."""

    class Place(models.TextChoices):
        CUSTOMER = "customer", pgettext_lazy("place", "At the customer")
        TRANSIT = "transit", pgettext_lazy("place", "In transit")
        STOCK = "stock", pgettext_lazy("place", "In our stock")
        WIP = "wip", pgettext_lazy("place", "In production")
        SPARES = "spares", pgettext_lazy("place", "Spare parts")
        SUPPLIER = "supplier", pgettext_lazy("place", "At the supplier")

    complaint = _of("containment")
    place = models.CharField(_("place"), max_length=8, choices=Place.choices)
    quantity = models.DecimalField(_("quantity"), max_digits=14, decimal_places=3, validators=[NOT_NEGATIVE])
    action = models.CharField(_("action"), max_length=1000, blank=True)
    responsible = _person(_("responsible"), null=True, blank=True)
    introduced_on = models.DateField(_("introduced on"), null=True, blank=True)
    effective_from = models.DateField(_("effective from"), null=True, blank=True)
    result = models.CharField(_("result"), max_length=1000, blank=True)

    objects = OfComplaintQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("containment")
        verbose_name_plural = _("containment")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["complaint", "place"], name="complaints_containment_once"),
            models.CheckConstraint(name="complaints_containment_sensible", condition=Q(quantity__gte=Decimal(0))),
            models.CheckConstraint(name="complaints_containment_acted", condition=Q(quantity=0) | ~Q(action="")),
        ]

    def __str__(self) -> str:
        return str(self.get_place_display())

    @property
    def effective(self) -> bool:
        """Whether nothing was found there, or what is done is known to work."""
        return self.quantity == 0 or (self.effective_from is not None and bool(self.result))


class OwnedQuerySet(OfComplaintQuerySet):
    """Causes and actions, with what a list shows of them."""

    def for_list(self) -> Self:
        related = [
            name
            for name in ("parent", "cause", "owner", "verified_by")
            if any(one.name == name for one in self.model._meta.fields)
        ]
        return self.select_related("complaint__plant__customer", *related)


@tracked(beside="complaint")
class Cause(Record):
    """A cause (D4): why it occurred, why it was not detected, or what in the system let it; below another one it answers its why."""

    class Kind(models.TextChoices):
        OCCURRENCE = "occurrence", pgettext_lazy("cause", "Occurrence")
        NON_DETECTION = "non_detection", pgettext_lazy("cause", "Non-detection")
        SYSTEM = "system", pgettext_lazy("cause", "System")

    class Category(models.TextChoices):
        MAN = "man", pgettext_lazy("cause", "People")
        MACHINE = "machine", pgettext_lazy("cause", "Machine")
        MATERIAL = "material", pgettext_lazy("cause", "Material")
        METHOD = "method", pgettext_lazy("cause", "Method")
        MEASUREMENT = "measurement", pgettext_lazy("cause", "Measurement")
        ENVIRONMENT = "environment", pgettext_lazy("cause", "Environment")

    complaint = _of("causes")
    kind = models.CharField(_("kind"), max_length=13, choices=Kind.choices)
    category = models.CharField(_("category"), max_length=11, choices=Category.choices)
    text = models.CharField(_("cause"), max_length=1000)
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("why of"), related_name="deeper"
    )
    root = models.BooleanField(_("root cause"), default=False)
    verification = models.CharField(
        _("verified by"), max_length=1000, blank=True, help_text=_("How it was shown to be the cause.")
    )

    objects = OwnedQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("cause")
        verbose_name_plural = _("causes")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(name="complaints_cause_root_verified", condition=Q(root=False) | ~Q(verification="")),
            models.CheckConstraint(name="complaints_cause_not_its_own", condition=Q(parent=None) | ~Q(parent=F("id"))),
        ]

    def __str__(self) -> str:
        return self.text[:80]

    def get_absolute_url(self) -> str:
        """The 8D of its complaint."""
        return f"/complaints/{self.complaint_id}/?tab=eight_d"


@tracked(beside="complaint")
class ComplaintAction(Record):
    """An action against a cause (D5, D6) or for prevention (D7): who does it by when, its proof, and who verified it."""

    class Discipline(models.TextChoices):
        CORRECTIVE = "corrective", pgettext_lazy("discipline", "D5 – corrective")
        PREVENTIVE = "preventive", pgettext_lazy("discipline", "D7 – preventive")

    complaint = _of("actions")
    discipline = models.CharField(_("discipline"), max_length=10, choices=Discipline.choices, default=Discipline.CORRECTIVE)
    text = models.CharField(_("action"), max_length=1000)
    cause = models.ForeignKey(
        Cause, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("cause"), related_name="actions"
    )
    owner = _person(_("responsible"))
    due_on = models.DateField(_("due"))
    done_on = models.DateField(_("done"), null=True, editable=False)
    proof = models.CharField(_("proof"), max_length=1000, blank=True, editable=False)
    verified_on = models.DateField(_("verified"), null=True, editable=False)
    verified_by = _person(_("verified by"), null=True, editable=False)

    objects = OwnedQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("action")
        verbose_name_plural = _("actions")
        ordering = ["discipline", "due_on", "pk"]
        constraints = [
            models.CheckConstraint(
                name="complaints_action_done_proved",
                condition=Q(done_on=None, proof="") | Q(done_on__isnull=False) & ~Q(proof=""),
            ),
            models.CheckConstraint(
                name="complaints_action_verified_done",
                condition=Q(verified_on=None, verified_by=None) | Q(verified_on__isnull=False, done_on__isnull=False),
            ),
            models.CheckConstraint(
                name="complaints_action_verified_by_another",
                condition=Q(verified_by=None) | ~Q(verified_by=F("owner")),
            ),
        ]

    def __str__(self) -> str:
        return self.text[:80]

    def get_absolute_url(self) -> str:
        """The 8D of its complaint."""
        return f"/complaints/{self.complaint_id}/?tab=eight_d"
