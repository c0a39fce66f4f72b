"""The parts of a contract review: answers, signatures of each round, differences with their decision, conditions (domain 5.4, 5.5)."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kam.core import clock
from kam.core.history import tracked
from kam.core.records import Record
from kam.core.scoping import ScopedQuerySet
from orders.models.checklists import COMPARED, FUNCTION_CHOICES, ReviewQuestion, basis_name
from orders.models.order_lines import OrderLine
from orders.models.reviews import ContractReview


def _by(label: Any) -> Any:
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, editable=False, verbose_name=label, related_name="+"
    )


class ReviewPartQuerySet(ScopedQuerySet):
    """Parts of reviews; read with their review."""

    def visible_to(self, user: Any) -> "ReviewPartQuerySet":
        return self.filter(review__in=ContractReview.objects.visible_to(user))

    def permitted(self, user: Any, verb: str) -> "ReviewPartQuerySet":
        return self.filter(review__in=ContractReview.objects.permitted(user, verb))

    def for_list(self) -> "ReviewPartQuerySet":
        return self.select_related("review")


@tracked()
class ReviewAnswer(Record):
    """What was answered to a question: yes, no or not applicable; a no has its comment and how it was resolved (W5)."""

    class Answer(models.TextChoices):
        YES = "yes", _("Yes")
        NO = "no", _("No")
        NOT_APPLICABLE = "na", _("Not applicable")

    review = models.ForeignKey(
        ContractReview, on_delete=models.PROTECT, verbose_name=_("contract review"), related_name="answers"
    )
    question = models.ForeignKey(ReviewQuestion, on_delete=models.PROTECT, verbose_name=_("question"), related_name="+")
    answer = models.CharField(_("answer"), max_length=3, choices=Answer.choices, blank=True)
    comment = models.CharField(_("comment"), max_length=1000, blank=True)
    resolution = models.CharField(_("how it was resolved"), max_length=1000, blank=True)
    evidence = models.CharField(_("evidence"), max_length=200, blank=True)
    answered_by = _by(_("answered by"))
    answered_at = models.DateTimeField(_("answered"), null=True, editable=False)

    objects = ReviewPartQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("answer of a review")
        verbose_name_plural = _("answers of reviews")
        ordering = ["review", "question__position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["review", "question"], name="orders_answer_once"),
            models.CheckConstraint(name="orders_answer_no_why", condition=~Q(answer="no") | ~Q(comment="")),
            models.CheckConstraint(
                name="orders_answer_by_somebody",
                condition=Q(answer="") | Q(answered_by__isnull=False, answered_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.question}: {self.get_answer_display()}"

    @property
    def is_open(self) -> bool:
        """Whether it still stands in the way: not answered, or a no that nobody resolved."""
        return not self.answer or (self.answer == self.Answer.NO and not self.resolution)


@tracked()
class ReviewSignature(Record):
    """The opinion of one function in one round: asked of whom, by when, signed by whom and when."""

    review = models.ForeignKey(
        ContractReview, on_delete=models.PROTECT, verbose_name=_("contract review"), related_name="signatures"
    )
    round = models.PositiveSmallIntegerField(_("round"))
    function = models.CharField(_("function"), max_length=20, choices=FUNCTION_CHOICES)
    audience = models.CharField(_("asked of"), max_length=60, editable=False)
    due_at = models.DateTimeField(_("opinion by"), editable=False)
    comment = models.CharField(_("opinion"), max_length=1000, blank=True)
    signed_by = _by(_("signed by"))
    on_behalf_of = _by(_("on behalf of"))
    signed_at = models.DateTimeField(_("signed"), null=True, editable=False)

    objects = ReviewPartQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("signature of a review")
        verbose_name_plural = _("signatures of reviews")
        ordering = ["review", "round", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["review", "round", "function"], name="orders_signature_once_a_round"),
            models.UniqueConstraint(
                fields=["review", "round", "signed_by"],
                condition=Q(signed_by__isnull=False),
                name="orders_signature_distinct_persons",
            ),
            models.CheckConstraint(
                name="orders_signature_and_time",
                condition=Q(signed_by__isnull=True, signed_at__isnull=True) | Q(signed_by__isnull=False, signed_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return str(self.get_function_display())

    @property
    def is_late(self) -> bool:
        """Whether the opinion is overdue."""
        return self.signed_at is None and self.due_at < clock.now()


@tracked()
class ReviewDifference(Record):
    """Something that was ordered otherwise than offered or agreed: what it is worth a year, and what was decided on it."""

    class Decision(models.TextChoices):
        ACCEPT = "accept", pgettext_lazy("difference", "Accepted")
        ASK = "ask", pgettext_lazy("difference", "Asked of the customer")
        REJECT = "reject", pgettext_lazy("difference", "Rejected")

    review = models.ForeignKey(
        ContractReview, on_delete=models.PROTECT, verbose_name=_("contract review"), related_name="differences"
    )
    line = models.ForeignKey(
        OrderLine, on_delete=models.PROTECT, null=True, editable=False, verbose_name=_("line"), related_name="+"
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0, editable=False)
    field = models.CharField(_("field"), max_length=24, editable=False)
    basis = models.CharField(_("compared with"), max_length=80, editable=False)
    expected = models.CharField(_("offered or agreed"), max_length=200, blank=True, editable=False)
    found = models.CharField(_("ordered"), max_length=200, blank=True, editable=False)
    delta = models.DecimalField(_("difference"), max_digits=18, decimal_places=5, null=True, editable=False)
    delta_percent = models.DecimalField(_("difference in per cent"), max_digits=12, decimal_places=4, null=True, editable=False)
    effect = models.DecimalField(_("effect of a year"), max_digits=18, decimal_places=2, null=True, editable=False)
    function = models.CharField(_("concerns"), max_length=20, choices=FUNCTION_CHOICES, editable=False)
    blocking = models.BooleanField(_("blocks"), default=False, editable=False)
    decision = models.CharField(_("decision"), max_length=6, choices=Decision.choices, blank=True, editable=False)
    reason = models.CharField(_("reason"), max_length=1000, blank=True, editable=False)
    decided_by = _by(_("decided by"))
    decided_at = models.DateTimeField(_("decided"), null=True, editable=False)
    evidence = models.CharField(_("customer's answer"), max_length=200, blank=True, editable=False)
    closed_on = models.DateField(_("closed on"), null=True, editable=False)
    gone_at = models.DateTimeField(_("no longer there since"), null=True, editable=False)

    objects = ReviewPartQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("difference")
        verbose_name_plural = _("differences")
        ordering = ["review", "position", "pk"]
        indexes = [models.Index(fields=["updated_at", "id"], name="orders_difference_by_change")]
        constraints = [
            models.UniqueConstraint(
                fields=["review", "position", "field"], condition=Q(gone_at__isnull=True), name="orders_difference_once"
            ),
            models.CheckConstraint(
                name="orders_difference_decided",
                condition=Q(decision="", decided_by__isnull=True)
                | ~Q(decision="") & ~Q(reason="") & Q(decided_by__isnull=False, decided_at__isnull=False),
            ),
            models.CheckConstraint(
                name="orders_difference_closed",
                condition=Q(closed_on__isnull=True) | Q(decision="accept") | Q(decision__in=["ask", "reject"]) & ~Q(evidence=""),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """Which field of which position, in the reader's language."""
        field = str(COMPARED.get(self.field, self.field))
        return f"{self.position} · {field}" if self.position else field

    @property
    def compared_with(self) -> str:
        """What says what was to be ordered, in the reader's language."""
        return basis_name(self.basis)

    @property
    def is_open(self) -> bool:
        """Whether it is there and not settled yet: to be decided, or the customer has not answered."""
        return self.gone_at is None and self.closed_on is None


@tracked()
class ReviewCondition(Record):
    """A condition under which we commit: who sees to it, by when; never one on safety or statute. It is printed on the confirmation."""

    review = models.ForeignKey(
        ContractReview, on_delete=models.PROTECT, verbose_name=_("contract review"), related_name="conditions"
    )
    round = models.PositiveSmallIntegerField(_("round"), editable=False)
    text = models.CharField(_("condition"), max_length=400)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, verbose_name=_("owner"), related_name="+")
    due_on = models.DateField(_("by"))
    met_on = models.DateField(_("met on"), null=True, editable=False)

    objects = ReviewPartQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("condition of a review")
        verbose_name_plural = _("conditions of reviews")
        ordering = ["review", "due_on", "pk"]

    def __str__(self) -> str:
        return self.text
