"""Activities and promises: what was done with a customer, what comes next, and who promised what to whom by when."""

from typing import Any, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models.access import access_of
from accounts.models.contacts import Contact
from accounts.models.customers import Customer
from accounts.models.people import User
from accounts.models.plants import Plant
from kam.core.history import tracked
from kam.core.plain import search_index, search_text
from kam.core.records import Record
from kam.core.scoping import OwnQuerySet, ScopedQuerySet
from kam.core.workflow import Transition, Workflow


class ActivityQuerySet(ScopedQuerySet):
    """Activities: seen with their plant or company; a private one by its owner and participants alone."""

    def visible_to(self, user: Any) -> Self:
        access = access_of(user)
        if not (user.is_authenticated and user.is_active):
            return self.none()
        joined = Q(pk__in=Activity.participants.through.objects.filter(user=user).values("activity"))
        own = Q(owner=user) | joined
        rows = self.filter(Q(private=False) | own)
        if access.sees_all:
            return rows
        return rows.filter(access.reading.belonging | Q(customer__isnull=True) & own)

    def permitted(self, user: Any, verb: str) -> Self:
        access = access_of(user)
        scope = access.scope(verb)
        rows = self.visible_to(user)
        if scope.everything:
            return rows
        if not access.may(verb):
            return self.none()
        return rows.filter(scope.belonging | Q(owner=user))

    def with_open_step(self) -> Self:
        """Activities whose next step was not taken yet: nothing was done with the customer, or at the plant, since."""
        later = Activity.objects.filter(
            status=Activity.Status.DONE, customer=models.OuterRef("customer"), starts_at__gt=models.OuterRef("starts_at")
        )
        same_plant = Q(plant=models.OuterRef("plant")) | Q(plant__isnull=True)
        return self.exclude(next_step="").filter(~models.Exists(later.filter(same_plant)))

    def of(self, user: Any) -> Self:
        """Those that a person owns or takes part in."""
        joined = Activity.participants.through.objects.filter(user=user).values("activity")
        return self.filter(Q(owner=user) | Q(pk__in=joined))

    def for_list(self) -> Self:
        return self.select_related("customer", "plant", "owner")


@tracked(exclude=("search_text",), erasable=("subject", "text", "place", "next_step"))
class Activity(Record):
    """A visit, call, mail, note or task with a customer; what happened and the next step.

    `starts_at` is when it happened or will happen, `created_at` when it was entered (W10); `client_key` lets a phone
    send the same report twice without making two.
    """

    class Kind(models.TextChoices):
        VISIT = "visit", _("Visit")
        CALL = "call", _("Call")
        MAIL = "mail", _("Mail")
        NOTE = "note", _("Note")
        TASK = "task", _("Task")

    class Status(models.TextChoices):
        PLANNED = "planned", _("Planned")
        DONE = "done", _("Done")
        CANCELLED = "cancelled", _("Cancelled")

    class Signal(models.TextChoices):
        COMPETITOR = "competitor", _("Competitor")
        PROJECT = "project", _("New project")
        VOLUME = "volume", _("Volumes")
        PRICE = "price", _("Price")
        QUALITY = "quality", _("Quality")

    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.PLANNED)
    subject = models.CharField(_("subject"), max_length=200)
    text = models.TextField(_("what happened"), blank=True, max_length=20000)
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("customer"), related_name="activities"
    )
    plant = models.ForeignKey(
        Plant, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("plant"), related_name="activities"
    )
    owner = models.ForeignKey(User, on_delete=models.PROTECT, verbose_name=_("owner"), related_name="activities")
    participants = models.ManyToManyField(User, blank=True, verbose_name=_("participants"), related_name="activities_joined")
    contacts = models.ManyToManyField(Contact, blank=True, verbose_name=_("contacts"), related_name="activities")
    starts_at = models.DateTimeField(_("when"))
    ends_at = models.DateTimeField(_("until"), null=True, blank=True)
    place = models.CharField(_("place"), max_length=200, blank=True)
    signals = ArrayField(
        models.CharField(max_length=12, choices=Signal.choices), verbose_name=_("signals"), default=list, blank=True
    )
    next_step = models.CharField(_("next step"), max_length=200, blank=True)
    next_step_on = models.DateField(_("next step by"), null=True, blank=True)
    private = models.BooleanField(_("private to its participants"), default=False)
    message_id = models.CharField(_("Message-ID"), max_length=250, blank=True, editable=False)
    client_key = models.UUIDField(_("key of the device's report"), null=True, blank=True, unique=True, editable=False)
    search_text = search_text("subject", "text")

    objects = ActivityQuerySet.as_manager()
    workflow = Workflow(
        Transition("accounts.complete_activity", (Status.PLANNED,), Status.DONE),
        Transition("accounts.cancel_activity", (Status.PLANNED,), Status.CANCELLED),
        Transition("accounts.reopen_activity", (Status.DONE, Status.CANCELLED), Status.PLANNED),
    )

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("activity")
        verbose_name_plural = _("activities")
        ordering = ["-starts_at", "-pk"]
        indexes = [
            search_index("accounts_activity_search"),
            models.Index(fields=["customer", "-starts_at"], name="accounts_activity_by_customer"),
            models.Index(fields=["plant", "-starts_at"], name="accounts_activity_by_plant"),
            models.Index(fields=["owner", "status", "starts_at"], name="accounts_activity_by_owner"),
            models.Index(fields=["-starts_at", "-id"], name="accounts_activity_by_time"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gte=models.F("starts_at")),
                name="accounts_activity_ends_after_start",
            ),
            models.CheckConstraint(
                condition=Q(plant__isnull=True) | Q(customer__isnull=False), name="accounts_activity_plant_has_customer"
            ),
            models.CheckConstraint(
                condition=~Q(next_step="") | Q(next_step_on__isnull=True), name="accounts_activity_next_step_says_what"
            ),
            models.UniqueConstraint(
                fields=["owner", "message_id"], condition=~Q(message_id=""), name="accounts_activity_mail_once"
            ),
        ]

    def __str__(self) -> str:
        return self.subject

    def get_absolute_url(self) -> str:
        """The activity's page."""
        return f"/activities/{self.pk}/"


class PromiseQuerySet(ScopedQuerySet):
    """Promises: seen with their plant or company, of which a card shows only those that are one's own to keep."""

    def visible_to(self, user: Any) -> Self:
        access = access_of(user)
        if access.sees_all:
            return self
        return self.filter(access.details.belonging | Q(owner=user) & access.reading.belonging)

    def permitted(self, user: Any, verb: str) -> Self:
        access = access_of(user)
        scope = access.scope(verb)
        rows = self.visible_to(user)
        if scope.everything:
            return rows
        if not access.may(verb):
            return self.none()
        return rows.filter(scope.belonging | Q(owner=user))

    def open(self) -> Self:
        """Promises neither kept, broken nor withdrawn."""
        return self.filter(status=Promise.Status.OPEN)

    def for_list(self) -> Self:
        return self.select_related("customer", "plant", "owner", "contact")


@tracked(erasable=("what", "outcome"))
class Promise(Record):
    """Something that one side promised the other by a day: ours to the customer, or theirs to us; kept or broken."""

    class Side(models.TextChoices):
        OURS = "ours", _("Ours")
        THEIRS = "theirs", _("Theirs")

    class Status(models.TextChoices):
        OPEN = "open", _("Open")
        KEPT = "kept", _("Kept")
        BROKEN = "broken", _("Broken")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    side = models.CharField(_("whose promise"), max_length=6, choices=Side.choices, default=Side.OURS)
    what = models.CharField(_("what was promised"), max_length=300)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, verbose_name=_("customer"), related_name="promises")
    plant = models.ForeignKey(
        Plant, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("plant"), related_name="promises"
    )
    activity = models.ForeignKey(
        Activity, on_delete=models.SET_NULL, null=True, blank=True, verbose_name=_("activity"), related_name="promises"
    )
    owner = models.ForeignKey(User, on_delete=models.PROTECT, verbose_name=_("who keeps or follows it"), related_name="promises")
    contact = models.ForeignKey(
        Contact, on_delete=models.SET_NULL, null=True, blank=True, verbose_name=_("contact"), related_name="promises"
    )
    made_on = models.DateField(_("promised on"))
    due_on = models.DateField(_("due on"))
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.OPEN)
    settled_on = models.DateField(_("kept or broken on"), null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=300, blank=True)

    objects = PromiseQuerySet.as_manager()
    workflow = Workflow(
        Transition("accounts.keep_promise", (Status.OPEN,), Status.KEPT),
        Transition("accounts.break_promise", (Status.OPEN,), Status.BROKEN),
        Transition("accounts.withdraw_promise", (Status.OPEN,), Status.WITHDRAWN),
    )

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("promise")
        verbose_name_plural = _("promises")
        ordering = ["due_on", "pk"]
        indexes = [
            models.Index(fields=["customer", "status", "due_on"], name="accounts_promise_by_customer"),
            models.Index(fields=["owner", "status", "due_on"], name="accounts_promise_by_owner"),
            models.Index(fields=["due_on", "id"], name="accounts_promise_by_day"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="open") ^ Q(settled_on__isnull=False), name="accounts_promise_settled_has_day"
            ),
            models.CheckConstraint(condition=~Q(status="broken") | ~Q(outcome=""), name="accounts_promise_broken_says_why"),
        ]

    def __str__(self) -> str:
        return self.what

    def get_absolute_url(self) -> str:
        """The promise's page."""
        return f"/promises/{self.pk}/"


class CalendarFeedQuerySet(OwnQuerySet):
    """Calendar feeds of a person."""


class CalendarFeed(models.Model):
    """A secret address from which a calendar program reads a person's own activities; only its hash is kept."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="calendar_feeds")
    name = models.CharField(_("name"), max_length=80)
    hash = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    last_used_on = models.DateField(_("last used"), null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True, editable=False)

    objects = CalendarFeedQuerySet.as_manager()

    class Meta:
        verbose_name = _("calendar feed")
        verbose_name_plural = _("calendar feeds")
        ordering = ["-created_at", "pk"]

    def __str__(self) -> str:
        return self.name
