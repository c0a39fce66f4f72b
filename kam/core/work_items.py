"""What a work item is: something that a person or an audience has to do on a record by a deadline, and who sees it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from kam.core.about import with_records
from kam.core.clock import WARN_SHARE, Clock, now
from kam.core.history import tracked
from kam.core.ports import port
from kam.core.records import About, Record
from kam.core.scoping import ScopedQuerySet

PLAIN_ANSWERS = {"done": _("Done")}


@dataclass(frozen=True)
class WorkKind:
    """A kind of work: the words of what to do (placeholders %(record)s and the item's details) and the answers it may get.

    `on_record` means that the record's own verb does it, never the inbox alone; `needs_comment` names the answers that
    are refused without one (W5). `owner` is the audience of whoever owns the process (`role:quality`), told at level N3.
    """

    kind: str
    words: Any
    answers: dict[str, Any] = field(default_factory=lambda: PLAIN_ANSWERS)
    needs_comment: frozenset[str] = frozenset()
    on_record: bool = False
    owner: str = ""


WORK_KINDS: dict[str, WorkKind] = {}


def define_work(
    kind: str,
    words: Any,
    *,
    answers: dict[str, Any] | None = None,
    needs_comment: Iterable[str] = (),
    on_record: bool = False,
    owner: str = "",
) -> str:
    """Register a kind of work and answer its slug."""
    WORK_KINDS[kind] = WorkKind(kind, words, answers or PLAIN_ANSWERS, frozenset(needs_comment), on_record, owner)
    return kind


@dataclass(frozen=True)
class Hands:
    """On whose behalf a person may act now: their audiences, and the people whom they substitute."""

    user: Any
    audiences: list[str]
    principals: frozenset[int]

    @property
    def people(self) -> frozenset[int]:
        """The person and those whom they substitute; an exclusion of one holds for all (W3)."""
        return self.principals | {self.user.pk}


def hands_of(user: Any) -> Hands:
    """Resolve on whose behalf a person may act."""
    audiences = port("audiences_of")(user)
    people = {int(name.removeprefix("user:")) for name in audiences if name.startswith("user:")}
    return Hands(user, sorted({*audiences, f"user:{user.pk}"}), frozenset(people - {user.pk}))


class WorkItemQuerySet(ScopedQuerySet):
    """Work items: read by who has to do them, who asked, who was told, who did them."""

    def visible_to(self, user: Any) -> Self:
        if not (user.is_authenticated and user.is_active):
            return self.none()
        hands = hands_of(user)
        told = _named("informed", hands) | Q(asked_by=user) | Q(done_by=user)
        return self.filter(_entitled(hands) | told)

    def permitted(self, user: Any, verb: str) -> Self:
        """Doing it is for who has to do it and is not excluded; passing it on or calling it off also for who asked."""
        if not (user.is_authenticated and user.is_active):
            return self.none()
        hands = hands_of(user)
        doing = _entitled(hands) & ~Q(excluded__overlap=sorted(hands.people))
        return self.filter(doing | Q(asked_by=user)) if verb in {"core.cancel_work", "core.reassign_work"} else self.filter(doing)

    def to_do_by(self, user: Any) -> Self:
        """Open items that this person may do now, their own, their audiences' and those of whom they substitute."""
        return self.permitted(user, "core.complete_work").open()

    def open(self) -> Self:
        """Those that wait to be done."""
        return self.filter(state=WorkItem.State.OPEN)

    def on(self, record: models.Model) -> Self:
        """Those that stand on a record."""
        return self.filter(
            content_type__app_label=record._meta.app_label, content_type__model=record._meta.model_name, object_id=record.pk
        )

    def with_due(self) -> Self:
        """With `due`, the deadline that binds: the clock's, which moves with its pauses, else the item's own."""
        return self.annotate(due=Coalesce("clock__due_at", "due_at"))

    def by_urgency(self) -> Self:
        """The next deadline first, without a deadline last."""
        return self.with_due().order_by(F("due").asc(nulls_last=True), "pk")

    def for_list(self) -> Self:
        related = self.with_due().select_related("assignee", "asked_by", "done_by", "on_behalf_of", "content_type", "clock")
        return related.prefetch_related(with_records(), "clock__pauses", "clock__calendar__days", "clock__other_calendars__days")


def _entitled(hands: Hands) -> Q:
    return Q(audience__in=hands.audiences) | Q(assignee__in=sorted(hands.people)) | _named("raised_to", hands)


def _named(field: str, hands: Hands) -> Q:
    """Whether a list names them; most lists are empty, and the index holds the others."""
    return Q(**{f"{field}__overlap": hands.audiences}) & ~Q(**{field: []})


@tracked(erasable=("comment",))
class WorkItem(Record, About):
    """Something to do on a record: what, by whom, by when, who asked, and what came of it."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        DONE = "done", _("done")
        CANCELLED = "cancelled", _("cancelled")

    class Level(models.IntegerChoices):
        N0 = 0, "N0"
        N1 = 1, "N1"
        N2 = 2, "N2"
        N3 = 3, "N3"
        N4 = 4, "N4"

    kind = models.SlugField(_("kind"), max_length=60)
    occasion = models.CharField(_("occasion"), max_length=120, blank=True)
    payload = models.JSONField(_("details"), default=dict, blank=True)
    addressed_to = models.CharField(_("first addressed to"), max_length=80, editable=False)
    audience = models.CharField(_("addressed to"), max_length=80)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("person in charge"),
    )
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("asked by")
    )
    excluded = ArrayField(models.BigIntegerField(), verbose_name=_("people who must not do it"), default=list, blank=True)
    clock = models.ForeignKey(
        Clock, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("deadline")
    )
    due_at = models.DateTimeField(_("due"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)
    level = models.PositiveSmallIntegerField(_("level"), choices=Level, default=Level.N0)
    informed = ArrayField(models.CharField(max_length=80), verbose_name=_("told"), default=list, blank=True)
    raised_to = ArrayField(models.CharField(max_length=80), verbose_name=_("gone up to"), default=list, blank=True)
    asked_at = models.DateTimeField(_("asked"), default=now)
    done_at = models.DateTimeField(_("done at"), null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("done by")
    )
    on_behalf_of = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("on behalf of"),
    )
    answer = models.SlugField(_("answer"), max_length=40, blank=True)
    comment = models.TextField(_("comment"), blank=True)

    objects = WorkItemQuerySet.as_manager()

    class Meta(Record.Meta):
        verbose_name = _("work item")
        verbose_name_plural = _("work items")
        ordering = ["-asked_at", "-pk"]
        indexes = [
            models.Index(fields=["audience"], condition=Q(state="open"), name="core_workitem_inbox"),
            models.Index(fields=["assignee"], condition=Q(state="open"), name="core_workitem_assigned"),
            models.Index(fields=["asked_by", "state"], name="core_workitem_asked"),
            models.Index(fields=["content_type", "object_id", "state"], name="core_workitem_record"),
            # What opens a card to its reader, done or not (accounts.models.reach); the people have indexes of their own.
            models.Index(fields=["audience", "content_type", "object_id"], name="core_workitem_of_audience"),
            models.Index(fields=["-asked_at", "-id"], name="core_workitem_listed"),
            # Which records wait for a kind of work.
            models.Index(fields=["kind", "content_type", "object_id"], condition=Q(state="open"), name="core_workitem_waiting"),
            GinIndex(fields=["raised_to"], condition=~Q(raised_to=[]), name="core_workitem_raised"),
            GinIndex(fields=["informed"], condition=~Q(informed=[]), name="core_workitem_informed"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["content_type", "object_id", "kind", "occasion", "addressed_to"], name="core_workitem_asked_once"
            ),
            models.CheckConstraint(
                condition=Q(state="open", done_at=None) | Q(state__in=["done", "cancelled"], done_at__isnull=False),
                name="core_workitem_closed_has_time",
            ),
            models.CheckConstraint(condition=Q(clock=None) | Q(due_at=None), name="core_workitem_one_deadline"),
            models.CheckConstraint(condition=Q(level__lte=4), name="core_workitem_level"),
        ]

    def __str__(self) -> str:
        return self.words

    def get_absolute_url(self) -> str:
        """The page of the item."""
        return f"/inbox/{self.pk}/"

    @property
    def definition(self) -> WorkKind:
        """The kind of work with its words and answers."""
        return WORK_KINDS[self.kind]

    @property
    def words(self) -> str:
        """What is to be done, in the active language."""
        return str(self.definition.words) % {**self.payload, "record": self.record}

    @property
    def deadline(self) -> datetime | None:
        """When it is due, or None."""
        return self.clock.due_at if self.clock else self.due_at

    def used_share(self, at: datetime | None = None) -> float | None:
        """How much of the time is used (1 is the deadline), or None without a deadline."""
        if self.clock:
            return self.clock.used_share(at or (None if self.state == self.State.OPEN else self.done_at))
        if self.due_at is None:
            return None
        at = at or self.done_at or now()
        whole = (self.due_at - self.asked_at).total_seconds()
        return (at - self.asked_at).total_seconds() / whole if whole > 0 else 1.0 + float(at > self.due_at)

    @property
    def colour(self) -> str:
        """Green, amber from 75 % of the time, red when late; empty without a deadline."""
        if self.clock:
            return self.clock.colour(self.done_at)
        share = self.used_share()
        if share is None:
            return ""
        if share > 1:
            return Clock.Colour.RED
        return Clock.Colour.AMBER if share >= WARN_SHARE else Clock.Colour.GREEN

    @property
    def answer_label(self) -> str:
        """The answer in the active language."""
        return str(self.definition.answers.get(self.answer, self.answer))
