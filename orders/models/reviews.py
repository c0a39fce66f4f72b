"""Contract reviews: which order or offer is looked at, in which class and why, by whom, with which result (domain 5, ISO 9001 8.2.3).

What a review found stays readable in every round; who changes what was reviewed opens the next round.
"""

from typing import Any, Self

from django.conf import settings
from django.contrib.contenttypes.fields import GenericRelation
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Location, Plant, Role, access_of
from kam.core.badges import Badge, badge_for
from kam.core.documents import Document
from kam.core.history import tracked
from kam.core.ports import port
from kam.core.records import Record
from kam.core.scoping import ScopedQuerySet
from kam.core.workflow import Transition, Workflow
from orders.models.checklists import ReviewChecklist, ReviewClass
from orders.models.customer_orders import DEPARTMENTS, ORDER_READERS, Order
from orders.models.offers import Offer


class ContractReviewQuerySet(ScopedQuerySet):
    """Reviews: read and done by the rule of orders, so that a department gives its opinion on an offer, too."""

    def visible_to(self, user: Any) -> Self:
        access = access_of(user)
        scope = access.scope_of(ORDER_READERS)
        here = (*scope.location_ids, *access.stood_in_ids(DEPARTMENTS))
        return self if scope.everything else self.filter(scope.led.plants.has("plant") | _at(here))

    def permitted(self, user: Any, verb: str) -> Self:
        """The account manager's own accounts, the plants served by the selling location, what concerns a department or one it stands in for."""
        roles, access = port("role_verbs").get(verb, frozenset()), access_of(user)
        office, departments = access.scope_of(roles - DEPARTMENTS), access.scope_of(roles & DEPARTMENTS)
        if office.everything or departments.everything:
            return self
        at_home = office.served.plants.has("plant") & Q(selling_location__in=office.location_ids)
        here = (*departments.location_ids, *access.stood_in_ids(roles & DEPARTMENTS))
        return self.filter(office.led.plants.has("plant") | at_home | _at(here))

    def for_list(self) -> Self:
        return self.select_related(
            "order", "offer", "plant__customer__group", "selling_location", "producing_location", "decided_by", "checklist", "entered_by"
        )  # fmt: skip

    def running(self) -> Self:
        """Those on which somebody has something to do."""
        return self.filter(state__in=ContractReview.RUNNING)


def _at(locations: Any) -> Any:
    """What these locations sell or produce."""
    return Q(selling_location__in=locations) | Q(producing_location__in=locations)


@tracked(exclude=("covered", "checked"))
class ContractReview(Record):
    """What was looked at before we committed: of an order, or of an offer before it is sent; `covered` is what it holds for."""

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("review", "Open")
        IN_REVIEW = "in_review", pgettext_lazy("review", "In review")
        CLARIFICATION = "clarification", pgettext_lazy("review", "With the customer")
        POSITIVE = "positive", pgettext_lazy("review", "Positive")
        WITH_CONDITIONS = "positive_with_conditions", pgettext_lazy("review", "Positive with conditions")
        NEGATIVE = "negative", pgettext_lazy("review", "Negative")
        CLOSED = "closed", pgettext_lazy("review", "Closed")
        REOPENED = "reopened", pgettext_lazy("review", "Reopened")

    class Result(models.TextChoices):
        POSITIVE = "positive", pgettext_lazy("review", "Positive")
        WITH_CONDITIONS = "positive_with_conditions", pgettext_lazy("review", "Positive with conditions")
        NEGATIVE = "negative", pgettext_lazy("review", "Negative")

    STATUS_TONES = {
        "open": "wait", "clarification": "wait", "positive": "ok", "positive_with_conditions": "accent", "negative": "no",
        "reopened": "wait",
    }  # fmt: skip
    RUNNING = (State.OPEN, State.IN_REVIEW, State.CLARIFICATION, State.REOPENED)
    DECIDED = (State.POSITIVE, State.WITH_CONDITIONS, State.NEGATIVE)

    order = models.OneToOneField(
        Order, on_delete=models.PROTECT, null=True, editable=False, verbose_name=_("order"), related_name="review"
    )
    offer = models.OneToOneField(
        Offer, on_delete=models.PROTECT, null=True, editable=False, verbose_name=_("offer"), related_name="review"
    )
    name = models.CharField(_("order or offer"), max_length=120, editable=False)
    plant = models.ForeignKey(Plant, on_delete=models.PROTECT, editable=False, verbose_name=_("plant"), related_name="+")
    selling_location = models.ForeignKey(
        Location, on_delete=models.PROTECT, editable=False, verbose_name=_("selling location"), related_name="+"
    )
    producing_location = models.ForeignKey(
        Location, on_delete=models.PROTECT, null=True, editable=False, verbose_name=_("producing location"), related_name="+"
    )
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        verbose_name=_("entered by"),
        related_name="+",
    )
    klass = models.CharField(_("class"), max_length=1, choices=ReviewClass.choices, editable=False)
    computed_class = models.CharField(_("class as computed"), max_length=1, choices=ReviewClass.choices, editable=False)
    why = models.JSONField(_("why this class"), default=list, editable=False)
    class_reason = models.CharField(_("why the class was changed"), max_length=400, blank=True, editable=False)
    class_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        verbose_name=_("class changed by"),
        related_name="+",
    )
    state = models.CharField(_("status"), max_length=24, choices=State.choices, default=State.OPEN, editable=False)
    result = models.CharField(_("result"), max_length=24, choices=Result.choices, blank=True, editable=False)
    round = models.PositiveSmallIntegerField(_("round"), default=1, editable=False)
    touched = ArrayField(models.PositiveSmallIntegerField(), default=list, editable=False, verbose_name=_("positions touched"))
    checklist = models.ForeignKey(
        ReviewChecklist, on_delete=models.PROTECT, editable=False, verbose_name=_("review checklist"), related_name="reviews"
    )
    opened_at = models.DateTimeField(_("opened"), editable=False)
    due_at = models.DateTimeField(_("opinions by"), editable=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        verbose_name=_("decided by"),
        related_name="+",
    )
    decided_at = models.DateTimeField(_("decided"), null=True, editable=False)
    decision = models.CharField(_("reason of the decision"), max_length=2000, blank=True, editable=False)
    informed_on = models.DateField(_("customer informed on"), null=True, editable=False)
    closed_at = models.DateTimeField(_("closed"), null=True, editable=False)
    covered = models.CharField(max_length=64, blank=True, editable=False)
    checked = models.JSONField(_("checks as they stood at the decision"), default=list, editable=False)
    documents = GenericRelation(Document)

    objects = ContractReviewQuerySet.as_manager()
    workflow = Workflow(
        Transition("orders.ask_customer_about_review", (State.OPEN, State.IN_REVIEW, State.REOPENED), State.CLARIFICATION),
        Transition("orders.decide_review", RUNNING, State.POSITIVE),
        Transition("orders.close_review", DECIDED, State.CLOSED),
        field="state",
    )

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("contract review")
        verbose_name_plural = _("contract reviews")
        ordering = ["-opened_at", "-pk"]
        indexes = [
            models.Index(fields=["-opened_at", "-id"], name="orders_review_by_day"),
            models.Index(fields=["state", "due_at", "id"], name="orders_review_by_state"),
            models.Index(fields=["due_at", "id"], name="orders_review_by_due"),
            models.Index(fields=["selling_location", "-opened_at", "-id"], name="orders_review_by_location"),
            models.Index(fields=["producing_location", "-opened_at", "-id"], name="orders_review_by_producer"),
            models.Index(fields=["plant", "-opened_at", "-id"], name="orders_review_by_plant"),
            models.Index(fields=["updated_at", "id"], name="orders_review_by_change"),
        ]
        constraints = [
            models.CheckConstraint(name="orders_review_of_one", condition=Q(order__isnull=False) ^ Q(offer__isnull=False)),
            models.CheckConstraint(
                name="orders_review_decided",
                condition=Q(state__in=["open", "in_review", "clarification", "reopened"], result="", closed_at__isnull=True)
                | Q(state__in=["positive", "positive_with_conditions", "negative", "closed"], decided_at__isnull=False)
                & ~Q(result="")
                & ~Q(covered=""),
            ),
            models.CheckConstraint(name="orders_review_closed", condition=~Q(state="closed") | Q(closed_at__isnull=False)),
            models.CheckConstraint(
                name="orders_review_told",
                condition=~Q(state="closed") | Q(result="positive") | Q(informed_on__isnull=False),
            ),
            models.CheckConstraint(
                name="orders_review_two_persons",
                condition=Q(decided_by__isnull=True) | Q(klass="A") | ~Q(decided_by=models.F("entered_by")),
            ),
            models.CheckConstraint(
                name="orders_review_class_reason",
                condition=Q(klass=models.F("computed_class")) | ~Q(class_reason="") & Q(class_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return str(_("Contract review of %(record)s") % {"record": self.name})

    def get_absolute_url(self) -> str:
        """The review's page."""
        return f"/contract-reviews/{self.pk}/"

    @property
    def badge(self) -> Badge:
        """Where it stands, as a badge."""
        return badge_for(self, "state")

    @property
    def subject(self) -> Any:
        """The order or offer that is looked at."""
        return self.order or self.offer

    @property
    def asked_answers(self) -> Any:
        """The answers to the questions of its class, of the office and of those whose opinion it needs (domain 5.1)."""
        asked = [Role.BACK_OFFICE, *self.signatures.values_list("function", flat=True)]
        return self.answers.filter(question__classes__contains=[self.klass], question__function__in=asked)

    @property
    def is_running(self) -> bool:
        """Whether it is not decided yet."""
        return self.state in self.RUNNING

    @property
    def is_positive(self) -> bool:
        """Whether it is closed and we may commit."""
        return self.state == self.State.CLOSED and self.result in {self.Result.POSITIVE, self.Result.WITH_CONDITIONS}
