"""Who is told what: a notification exactly once in the app, its e-mail now (and on the devices) or in the day's digest, in the reader's language."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import connection, models, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from kam.core import clock
from kam.core.devices import queue_pushes
from kam.core.mails import OutgoingMail, queue_mails, suppress_unsent
from kam.core.ports import port
from kam.core.records import About, noted_trigger
from kam.core.scoping import OwnQuerySet
from kam.core.verbs import verb
from kam.core.workflow import Denied

__all__ = [
    "Notification",
    "NotificationPreference",
    "OutgoingMail",
    "Telling",
    "Way",
    "define_notification",
    "in_app_only",
    "notify",
    "notify_all",
    "shown",
    "suppress_unsent",
]
DIGEST_HOUR = 7
MAILED = """
UPDATE core_notification AS told SET mail_id = sent.mail FROM unnest(%s::bigint[], %s::bigint[]) AS sent (told, mail) WHERE told.id = sent.told
"""
CONFIDENTIAL = ("price", "margin", "cost", "amount", "discount")


class Way(models.TextChoices):
    """How a person wants to be told."""

    APP = "app", _("In KAM only")
    MAIL = "mail", _("E-mail at once")
    DIGEST = "digest", _("One e-mail a day")
    OFF = "off", _("Not at all")


@dataclass(frozen=True)
class NotificationKind:
    """A kind of notification: its slug (also the name of its template), its label in the preferences, how it is told by default."""

    kind: str
    label: Any
    way: str = Way.DIGEST
    file: Callable[[Any, Any], tuple[str, bytes, str]] | None = None


KINDS: dict[str, NotificationKind] = {}
_without_mail: ContextVar[bool] = ContextVar("without_mail", default=False)


def define_notification(
    kind: str, label: Any, *, way: str = Way.DIGEST, file: Callable[[Any, Any], tuple[str, bytes, str]] | None = None
) -> str:
    """Register a kind; its text is templates/notifications/<kind>.txt, the subject on the first line. Answers the slug.

    `file` makes a small file of the record for its reader (name, content, type), which goes with an e-mail of its own.
    """
    KINDS[kind] = NotificationKind(kind, label, way, file)
    return kind


class NotificationQuerySet(OwnQuerySet):
    """Notifications belong to their reader."""

    owner_field = "reader"

    def unread(self) -> "NotificationQuerySet":
        """Those that the reader has not opened."""
        return self.filter(read_at=None)


class Notification(About):
    """Something that one reader is told about one record on one occasion; once, whatever is repeated."""

    reader = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notifications", verbose_name=_("reader")
    )
    kind = models.SlugField(_("kind"), max_length=60)
    occasion = models.CharField(_("occasion"), max_length=120, blank=True)
    context = models.JSONField(_("details"), default=dict, blank=True)
    urgent = models.BooleanField(_("urgent"), default=False)
    created_at = models.DateTimeField(_("created"), default=clock.now)
    updated_at = models.DateTimeField(_("last change"), db_default=Now(), editable=False)
    read_at = models.DateTimeField(_("read"), null=True, blank=True)
    digest = models.BooleanField(_("waits for the day's e-mail"), default=False)
    mail = models.ForeignKey(OutgoingMail, on_delete=models.SET_NULL, null=True, blank=True, related_name="notifications")

    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    objects = NotificationQuerySet.as_manager()

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["reader", "-created_at", "-id"], name="core_notification_listed"),
            models.Index(fields=["reader", "updated_at"], name="core_notification_changed"),
            models.Index(fields=["reader"], condition=Q(read_at=None), name="core_notification_unread"),
            models.Index(fields=["reader"], condition=Q(digest=True, mail=None), name="core_notification_digest"),
            models.Index(fields=["content_type", "object_id"], name="core_notification_record"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["reader", "content_type", "object_id", "kind", "occasion"], name="core_notification_once"
            ),
        ]
        triggers = [noted_trigger("digest", "mail")]

    def __str__(self) -> str:
        return f"{self.kind} {self.occasion}".strip()

    def get_absolute_url(self) -> str:
        """The page of the record that this is about, through the one that marks it read."""
        return f"/notifications/{self.pk}/open/"

    def text(self) -> tuple[str, str]:
        """Subject and body in the active language; the record must have been found visible before."""
        values = {**self.context, "record": self.record, "actor": self.actor, "notification": self, "link": link_to(self.record)}
        subject, _newline, body = render_to_string(f"notifications/{self.kind}.txt", values).strip().partition("\n")
        return " ".join(subject.split()), body.strip()

    @property
    def subject(self) -> str:
        """The first line, in the active language."""
        return self.text()[0]


class NotificationPreference(models.Model):
    """How a person wants to be told of one kind; what is urgent comes by e-mail at once, whatever is chosen."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notification_preferences")
    kind = models.SlugField(_("kind"), max_length=60)
    way = models.CharField(_("way"), max_length=10, choices=Way)

    objects = OwnQuerySet.as_manager()

    class Meta:
        verbose_name = _("notification preference")
        verbose_name_plural = _("notification preferences")
        ordering = ["user", "kind", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["user", "kind"], name="core_notificationpreference_once"),
            models.CheckConstraint(condition=Q(way__in=Way.values), name="core_notificationpreference_way"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.get_way_display()}"


def link_to(record: Any) -> str:
    """The full address of a record's page, for e-mails."""
    path = record.get_absolute_url() if hasattr(record, "get_absolute_url") else "/"
    return f"{settings.PUBLIC_URL}{path}"


def readers_of(to: Iterable[Any]) -> dict[int, Any]:
    """The active people behind users and audiences, by key."""
    found: dict[int, Any] = {}
    for one in to:
        people = port("audience_members")(one) if isinstance(one, str) else [one]
        found.update({person.pk: person for person in people if person.is_active})
    return found


@contextmanager
def in_app_only() -> Iterator[None]:
    """Send nobody an e-mail until the block ends, neither now nor in a digest: what the past of a demonstration brought them."""
    token = _without_mail.set(True)
    try:
        yield
    finally:
        _without_mail.reset(token)


@dataclass(frozen=True)
class Telling:
    """Whom to tell of a record on an occasion."""

    record: models.Model
    to: Iterable[Any]
    occasion: str = ""


def notify(
    kind: str,
    record: models.Model,
    *,
    to: Iterable[Any],
    occasion: str = "",
    context: dict[str, Any] | None = None,
    urgent: bool = False,
    actor: Any = None,
    tell_actor: bool = False,
) -> list[Notification]:
    """Tell people and audiences about a record, each of them once per kind and occasion; who did it is not, unless `tell_actor`.

    The context is kept as JSON for the template and must hold no price, margin or cost. Answers the new notifications.
    """
    about = [Telling(record, to, occasion)]
    return notify_all(kind, about, context=context, urgent=urgent, actor=actor, tell_actor=tell_actor)


def notify_all(
    kind: str,
    about: Sequence[Telling],
    *,
    context: dict[str, Any] | None = None,
    urgent: bool = False,
    actor: Any = None,
    tell_actor: bool = False,
) -> list[Notification]:
    """Tell of several records of one model at once, as `notify` does of each."""
    definition, context = KINDS[kind], context or {}
    leaked = [name for name in context if any(word in name for word in CONFIDENTIAL)]
    if leaked:
        raise ValueError(f"a notification never carries {', '.join(leaked)}")
    readers = {(one.record.pk, one.occasion, key): person for one in about for key, person in readers_of(one.to).items()}
    if actor is not None and not tell_actor:
        readers = {place: person for place, person in readers.items() if person.pk != actor.pk}
    return _tell(definition, readers, about[0].record, context, urgent, actor) if readers else []


@transaction.atomic(savepoint=False)
def _tell(
    definition: NotificationKind,
    readers: dict[tuple[int, str, int], Any],
    record: models.Model,
    context: dict[str, Any],
    urgent: bool,
    actor: Any,
) -> list[Notification]:
    """Write down what people are told, each by the record's key, the occasion and their own, with mails and pushes."""
    kind = definition.kind
    preferences = NotificationPreference.objects.filter(user__in=readers.values(), kind=kind)
    chosen = {} if urgent else dict(preferences.values_list("user", "way"))
    target = {"kind": kind, "content_type": ContentType.objects.get_for_model(record)}
    records, occasions, people = (set(part) for part in zip(*readers, strict=True))
    asked = Notification.objects.filter(object_id__in=records, occasion__in=occasions, reader__in=people, **target)
    told = set(asked.values_list("object_id", "occasion", "reader"))
    rows, ways = [], {}
    for place in sorted(set(readers) - told):
        object_id, occasion, key = place
        way = Way.MAIL if urgent else chosen.get(key, definition.way)
        if _without_mail.get() and way != Way.OFF:
            way = Way.APP
        if way != Way.OFF:
            ways[place] = way
            rows.append(
                Notification(
                    reader=readers[place], object_id=object_id, occasion=occasion, context=context, urgent=urgent, actor=actor,
                    digest=way == Way.DIGEST, **target,
                )
            )  # fmt: skip
    if not rows:
        return []
    Notification.objects.bulk_create(rows, ignore_conflicts=True)
    new = [row for row in asked.select_related("reader") if (row.object_id, row.occasion, row.reader_id) in ways]
    at_once = [row for row in new if ways[row.object_id, row.occasion, row.reader_id] == Way.MAIL and row.mail_id is None]
    if at_once:
        mails = queue_mails({f"notification:{row.pk}": row.reader for row in at_once})
        for row in at_once:
            row.mail = mails[f"notification:{row.pk}"]
        with connection.cursor() as cursor:
            cursor.execute(MAILED, [[row.pk for row in at_once], [row.mail_id for row in at_once]])
        queue_pushes(at_once)
    return new


def shown(notifications: Iterable[Notification], user: Any) -> list[Notification]:
    """Those whose record the reader may still see, in the same order, their records fetched kind by kind."""
    rows = list(notifications)
    keys: dict[int, set[int]] = defaultdict(set)
    for row in rows:
        keys[row.content_type_id].add(row.object_id)
    visible: dict[tuple[int, int], models.Model] = {}
    for type_key, ids in keys.items():
        model = ContentType.objects.get_for_id(type_key).model_class()
        if model is not None:
            rows_of: Any = model._default_manager
            found = rows_of.visible_to(user).filter(pk__in=ids)
            found = found.for_list() if hasattr(found, "for_list") else found  # with what a text names beside the record
            visible.update({(type_key, record.pk): record for record in found})
    kept = []
    for row in rows:
        record = visible.get((row.content_type_id, row.object_id))
        if record is not None:
            row.record = record
            kept.append(row)
    return kept


def unread_count(user: Any, limit: int = 100) -> int:
    """How many notifications the person has not opened and may still see, counted up to a limit."""
    return len(shown(Notification.objects.filter(reader=user).unread()[:limit], user))


@verb("core.read_notification", _("Mark as read"))
def read_notification(notification: Notification, *, actor: Any, reason: str = "") -> Notification:
    """Mark a notification as read; reading it again changes nothing."""
    if notification.read_at is None:
        notification.read_at = clock.now()
        notification.save(update_fields=["read_at"])
    return notification


def read_all_notifications(user: Any) -> int:
    """Mark everything as read that the person has not opened; answers how many there were."""
    return Notification.objects.filter(reader=user).unread().update(read_at=clock.now())


def set_preference(user: Any, kind: str, way: str) -> NotificationPreference:
    """Choose how to be told of a kind. Raises Denied for an unknown kind or way."""
    if kind not in KINDS or way not in Way.values:
        raise Denied("unknown_preference", _("Choose one of the offered ways."), field="way", status=400)
    preference, _created = NotificationPreference.objects.update_or_create(user=user, kind=kind, defaults={"way": way})
    return preference


def compose(mail: OutgoingMail) -> tuple[Any, ...] | None:
    """Subject, body and files of a mail for its reader as of now, in their language and zone; None when nothing may be told any more."""
    reader = mail.reader
    if not reader.is_active:
        return None
    rows = shown(mail.notifications.select_related("actor").order_by("-urgent", "created_at", "pk"), reader)
    if not rows:
        return None
    with translation.override(reader.language), timezone.override(ZoneInfo(reader.time_zone)):
        texts = [row.text() for row in rows]
        if not mail.is_digest:
            file = KINDS[rows[0].kind].file if rows[0].kind in KINDS else None
            return (*texts[0], file(rows[0].record, reader)) if file else texts[0]
        values = {
            "texts": [{"subject": subject, "body": body} for subject, body in texts],
            "link": f"{settings.PUBLIC_URL}/inbox/",
            "reader": reader,
        }
        subject, _newline, body = render_to_string("notifications/digest.txt", values).strip().partition("\n")
        return " ".join(subject.split()), body.strip()


def queue_digests() -> int:
    """Make the day's e-mail for everyone whose local morning has come and who has something unread; answers how many.

    Twice without harm: one digest per reader and local date.
    """
    waiting = Notification.objects.filter(digest=True, mail=None, read_at=None)
    made = 0
    for key in waiting.order_by("reader").values_list("reader", flat=True).distinct():
        with transaction.atomic():
            rows = waiting.filter(reader=key).select_for_update(of=("self",), skip_locked=True).select_related("reader")
            pending = list(rows)
            if not pending:
                continue
            reader = pending[0].reader
            morning = _morning(reader)
            name = f"digest:{reader.pk}:{morning:%Y-%m-%d}"
            due = [row.pk for row in pending if row.created_at < morning]
            if due and not OutgoingMail.objects.filter(key=name).exists():
                mail = queue_mails({name: reader})[name]
                Notification.objects.filter(pk__in=due).update(mail=mail)
                made += 1
    return made


def _morning(reader: Any) -> datetime:
    """The last seven o'clock in the morning where the reader is."""
    zone = ZoneInfo(reader.time_zone)
    morning = datetime.combine(clock.today(zone), time(DIGEST_HOUR), zone)
    return morning if morning <= clock.now() else morning - timedelta(days=1)
