"""Requests for development: what a customer needs and R&D has to say by a day whether, how and by when it can be done."""

from typing import Any, Self

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Activity, Customer, Location, Plant, access_of
from kam.core.history import tracked
from kam.core.money import validate_currency
from kam.core.plain import search_index, search_text
from kam.core.records import Record
from kam.core.scoping import ScopedQuerySet
from kam.core.work_items import WorkItem, define_work
from kam.core.workflow import Transition, Workflow
from orders.models.negotiations import NEGOTIATION_READERS, Negotiation

ANSWER = define_work("answer_development", _("Answer: %(record)s"), on_record=True)
#: The verb of whoever was asked, whatever else they may.
BY_ASKED = "orders.answer_development"


class DevelopmentRequestQuerySet(ScopedQuerySet):
    """Requests: read by who sells to the plant or company, by who asked, and by who has or had to answer."""

    def visible_to(self, user: Any) -> Self:
        scope = access_of(user).scope_of(NEGOTIATION_READERS)
        if scope.everything:
            return self
        return self.filter(self._sold(scope) | self._asked(user))

    def permitted(self, user: Any, verb: str) -> Self:
        if not user.may(verb):
            return self.none()
        if verb == BY_ASKED:
            given = WorkItem.objects.to_do_by(user).filter(
                kind=ANSWER, content_type=ContentType.objects.get_for_model(self.model)
            )
            return self.filter(pk__in=given.values("object_id"))
        scope = access_of(user).scope(verb)
        return self if scope.everything else self.filter(self._sold(scope))

    def _sold(self, scope: Any) -> Any:
        """The account manager's own, and at a location what it serves."""
        return scope.led.belonging | scope.served.plants.has("plant")

    def _asked(self, user: Any) -> Q:
        if not access_of(user).grants:
            return Q(pk__in=[])
        worked = WorkItem.objects.visible_to(user).filter(content_type=ContentType.objects.get_for_model(self.model))
        return Q(asked_by=user.pk) | Q(pk__in=worked.values("object_id"))

    def for_list(self) -> Self:
        return self.select_related(
            "customer", "plant__customer", "location", "asked_by", "answered_by", "negotiation", "activity"
        )


@tracked(exclude=("search_text",))
class DevelopmentRequest(Record):
    """What a customer needs: in words, by drawing, at which price and how many a year; and the dated answer of R&D."""

    class Status(models.TextChoices):
        OPEN = "open", _("Open")
        ANSWERED = "answered", _("Answered")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    class Answer(models.TextChoices):
        FEASIBLE = "feasible", _("Can be done")
        CONDITIONS = "conditions", _("Can be done on conditions")
        NOT_FEASIBLE = "not_feasible", _("Cannot be done")

    STATUS_TONES = {"answered": "ok"}

    number = models.CharField(_("number"), max_length=24, editable=False, unique=True)
    subject = models.CharField(_("subject"), max_length=160)
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, verbose_name=_("customer"), related_name="development_requests"
    )
    plant = models.ForeignKey(
        Plant, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("plant"), related_name="development_requests"
    )
    negotiation = models.ForeignKey(
        Negotiation,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("negotiation"),
        related_name="development_requests",
    )
    activity = models.ForeignKey(
        Activity,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("visit or call"),
        related_name="development_requests",
    )
    location = models.ForeignKey(
        Location, on_delete=models.PROTECT, verbose_name=_("location whose R&D answers"), related_name="+"
    )
    need = models.TextField(_("need"), max_length=4000)
    drawing = models.CharField(_("drawing"), max_length=80, blank=True)
    target_price = models.DecimalField(_("target price"), max_digits=14, decimal_places=5, null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, validators=[validate_currency])
    yearly_quantity = models.DecimalField(_("quantity a year"), max_digits=14, decimal_places=3, null=True, blank=True)
    answer_by = models.DateField(_("answer by"))
    status = models.CharField(_("status"), max_length=9, choices=Status.choices, default=Status.OPEN, editable=False)
    answer = models.CharField(_("answer"), max_length=12, choices=Answer.choices, blank=True, editable=False)
    answer_text = models.CharField(_("answer in words"), max_length=1000, blank=True, editable=False)
    ready_on = models.DateField(_("ready on"), null=True, editable=False)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, verbose_name=_("asked by"), editable=False, related_name="+"
    )
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        verbose_name=_("answered by"),
        editable=False,
        related_name="+",
    )
    answered_at = models.DateTimeField(_("answered"), null=True, editable=False)
    search_text = search_text("number", "subject", "drawing")

    objects = DevelopmentRequestQuerySet.as_manager()
    workflow = Workflow(
        Transition("orders.answer_development", (Status.OPEN,), Status.ANSWERED),
        Transition("orders.withdraw_development", (Status.OPEN,), Status.WITHDRAWN),
    )

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("development request")
        verbose_name_plural = _("development requests")
        ordering = ["answer_by", "pk"]
        indexes = [
            search_index("orders_development_search"),
            models.Index(fields=["answer_by", "id"], name="orders_development_by_day"),
            models.Index(fields=["updated_at", "id"], name="orders_development_by_change"),
        ]
        constraints = [
            models.CheckConstraint(
                name="orders_development_answered_when",
                condition=Q(status="answered", answered_at__isnull=False, answered_by__isnull=False) & ~Q(answer="")
                | ~Q(status="answered") & Q(answered_at__isnull=True, answer=""),
            ),
            models.CheckConstraint(
                name="orders_development_ready_when",
                condition=Q(answer__in=["", "not_feasible"]) | Q(ready_on__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} · {self.subject}"

    def get_absolute_url(self) -> str:
        """The request's page."""
        return f"/development-requests/{self.pk}/"
