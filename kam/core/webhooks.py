"""Webhooks: which other systems are told of which changes, by whose rights; kept, paused, taken up again, asked to repeat."""

import base64
import secrets
import uuid
from datetime import timedelta
from typing import Any, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from kam.core import clock
from kam.core.access_log import AccessLog, log_access
from kam.core.dispatch import dispatch
from kam.core.history import TELL, tracked
from kam.core.notifications import Way, define_notification
from kam.core.outbox import CHANGES
from kam.core.outgoing import LONGEST_ADDRESS, REASONS, checked_address
from kam.core.parameters import define, parameter
from kam.core.ports import port
from kam.core.records import Record, version_trigger
from kam.core.scoping import ScopedQuerySet
from kam.core.sealed_text import seal
from kam.core.shape import change
from kam.core.verbs import verb
from kam.core.workflow import Denied

PAUSED = define_notification("webhook_paused", _("A webhook was paused"), way=Way.MAIL)
define("webhooks.pause_after", default=20, label=_("A webhook is paused after so many failures one after the other"))
define("webhooks.retention_days", default=30, unit="cd", label=_("How long deliveries of webhooks are kept"))
START = "whsec_"
TESTED = "core.webhook.tested"
CHANGE_WORDS = {"created": _("created"), "changed": _("changed"), "deleted": _("deleted"), "tested": _("tested")}
EDITABLE = ("name", "url", "owner", "is_active")


def told_models() -> dict[str, tuple[type[models.Model], str]]:
    """Whatever others may be told of, by its kind (`accounts.plant`): the model and the noun of its endpoint."""
    found: dict[str, tuple[type[models.Model], str]] = {}
    for model, noun in port("api_nouns")():
        if issubclass(model, Record) and hasattr(model, "pgh_event_model"):
            found.setdefault(model._meta.label_lower, (model, noun))
    return found


def event_names() -> list[str]:
    """Every event that a webhook may ask for, such as `accounts.plant.changed`."""
    return [f"{label}.{change}" for label in sorted(told_models()) for change in CHANGES]


def event_label(event: str) -> str:
    """An event in words."""
    label, _dot, change = event.rpartition(".")
    known = told_models().get(label)
    name = str(known[0]._meta.verbose_name) if known else label
    return f"{name[:1].upper()}{name[1:]}: {CHANGE_WORDS.get(change, change)}"


class WebhookQuerySet(ScopedQuerySet):
    """Webhooks: of administrators, and those that tell by one's own rights."""

    def visible_to(self, user: Any) -> Self:
        if not (user.is_authenticated and user.is_active):
            return self.none()
        return self if user.may("core.read_webhooks") else self.filter(owner=user)

    def permitted(self, user: Any, verb: str) -> Self:
        return self if user.may(verb) else self.none()

    def for_list(self) -> Self:
        return self.select_related("owner")


@tracked(exclude=("secret", "failures", "not_before", "delivered_at"))
class Webhook(Record):
    """An address that is told of changes, signed with a secret; what it is told is what its owner may see at that moment."""

    name = models.CharField(_("name"), max_length=80)
    url = models.CharField(_("address"), max_length=LONGEST_ADDRESS)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("by the rights of"),
        help_text=_("Only what this person may see is told."),
    )
    event_types = ArrayField(models.CharField(max_length=120), verbose_name=_("events"), default=list, blank=True)
    is_active = models.BooleanField(
        _("in use"), default=True, help_text=_("What happens while a webhook is not in use is never told.")
    )
    secret = models.CharField(max_length=300, editable=False)
    paused_at = models.DateTimeField(_("paused"), null=True, blank=True, editable=False)
    paused_because = models.CharField(_("paused because"), max_length=300, blank=True, editable=False)
    failures = models.PositiveIntegerField(_("failures since the last success"), default=0, editable=False)
    not_before = models.DateTimeField(_("next attempt not before"), default=clock.now, editable=False)
    delivered_at = models.DateTimeField(_("last success"), null=True, blank=True, editable=False)

    objects = WebhookQuerySet.as_manager()
    STATUS_TONES = {"active": "ok", "paused": ("no", "circle-pause"), "off": "closed"}

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        ordering = ["name", "pk"]
        triggers = [version_trigger("secret", "failures", "not_before", "delivered_at")]
        constraints = [
            models.UniqueConstraint(fields=["name"], name="core_webhook_name_once"),
            models.CheckConstraint(condition=Q(url__startswith="https://"), name="core_webhook_https"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The webhook's page."""
        return f"/webhooks/{self.pk}/"

    @property
    def status(self) -> str:
        """In use, paused (what happens is kept and told later), or off."""
        if not self.is_active:
            return "off"
        return "paused" if self.paused_at else "active"

    def get_status_display(self) -> Any:
        """The status in words."""
        return {"off": _("Off"), "paused": _("Paused"), "active": _("In use")}[self.status]

    def why_no_pause(self) -> Denied | None:
        """Why it cannot be paused now."""
        return None if self.status == "active" else Denied("webhook_not_running", _("This webhook does not send anyway."))

    def why_no_resumption(self) -> Denied | None:
        """Why it cannot be taken up again now."""
        return None if self.status == "paused" else Denied("webhook_not_paused", _("This webhook is not paused."))


class DeliveryQuerySet(ScopedQuerySet):
    """Deliveries: with their webhook."""

    def visible_to(self, user: Any) -> Self:
        return self.filter(webhook__in=Webhook.objects.visible_to(user))

    def permitted(self, user: Any, verb: str) -> Self:
        return self if user.may(verb) else self.none()

    def for_list(self) -> Self:
        return self.select_related("webhook")

    def due(self) -> Self:
        """Those that may go out now: of a record only the first that waits, so that its changes arrive in their order."""
        waiting = WebhookDelivery.objects.filter(state=WebhookDelivery.State.WAITING)
        before = waiting.filter(
            webhook=OuterRef("webhook"),
            record_type=OuterRef("record_type"),
            record_id=OuterRef("record_id"),
            pk__lt=OuterRef("pk"),
        )
        now = clock.now()
        running = Q(webhook__is_active=True, webhook__paused_at=None, webhook__not_before__lte=now)
        return self.filter(running, ~Exists(before), state=WebhookDelivery.State.WAITING, not_before__lte=now)


class WebhookDelivery(models.Model):
    """One change to be told to one webhook: written by the triggers of the record (outbox), sent under the same key until it is taken."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        SENT = "sent", _("delivered")
        FAILED = "failed", _("given up")
        WITHHELD = "withheld", _("not to be told")
        CANCELLED = "cancelled", _("cancelled")

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries", verbose_name=_("webhook"))
    key = models.UUIDField(_("delivery"), unique=True, default=uuid.uuid4, db_default=RandomUUID(), editable=False)
    record_type = models.CharField(_("kind of record"), max_length=100)
    record_id = models.BigIntegerField(_("record"))
    record_version = models.PositiveIntegerField(_("version"))
    change = models.CharField(_("what happened"), max_length=10)
    happened_at = models.DateTimeField(_("happened"), default=clock.now)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    not_before = models.DateTimeField(_("next attempt not before"), default=clock.now)
    sent_at = models.DateTimeField(_("last attempt"), null=True, blank=True)
    status = models.PositiveSmallIntegerField(_("answer"), null=True, blank=True)
    seconds = models.DecimalField(_("took"), max_digits=6, decimal_places=3, null=True, blank=True)
    said = models.CharField(_("what was answered"), max_length=300, blank=True)

    objects = DeliveryQuerySet.as_manager()
    STATUS_TONES = {"withheld": ("closed", "eye-off")}

    class Meta:
        verbose_name = _("delivery of a webhook")
        verbose_name_plural = _("deliveries of webhooks")
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["webhook", "id"], condition=Q(state="waiting"), name="core_webhookdelivery_waiting"),
            models.Index(fields=["webhook", "-id"], name="core_webhookdelivery_listed"),
            models.Index(fields=["webhook", "record_type", "record_id", "id"], name="core_webhookdelivery_of_record"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "sent", "failed", "withheld", "cancelled"]), name="core_webhookdelivery_state"
            ),
            models.CheckConstraint(
                condition=~Q(state="sent") | Q(sent_at__isnull=False), name="core_webhookdelivery_sent_has_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.record_id}"

    def get_absolute_url(self) -> str:
        """The delivery's page."""
        return f"/webhooks/deliveries/{self.pk}/"

    @property
    def event(self) -> str:
        """What it tells, such as `accounts.plant.changed`."""
        return f"{self.record_type}.{self.change}"

    @property
    def said_words(self) -> Any:
        """What was answered, or why there was no answer."""
        return REASONS.get(self.said, self.said)

    def why_no_repetition(self) -> Denied | None:
        """Why it cannot be sent again now."""
        if self.state == self.State.WAITING:
            return Denied("delivery_waiting", _("This delivery has not gone out yet; it will by itself."))
        if self.webhook.status != "active":
            return Denied("webhook_not_running", _("This webhook is paused or off. Take it up again first."))
        return None


def new_secret() -> str:
    """A secret as receivers' libraries take it: 256 random bits."""
    return START + base64.b64encode(secrets.token_bytes(32)).decode()


def _checked_events(events: Any) -> list[str]:
    known = event_names()
    wanted = set(events)
    if not wanted:
        raise Denied("no_events", _("Choose at least one event."), field="event_types", status=400)
    if not wanted <= set(known):
        raise Denied("unknown_event", _("Choose events that KAM tells of."), field="event_types", status=400)
    return [event for event in known if event in wanted]


def _fill(webhook: Webhook, values: dict[str, Any]) -> list[str]:
    """Set what differs; every value in its stored form."""
    if "url" in values:
        values["url"] = checked_address(values["url"])
    owner = values.get("owner")
    if owner is not None and not owner.is_active:
        raise Denied("inactive_user", _("This person may not log in. Choose another one."), field="owner")
    wanted = _checked_events(values.pop("event_types")) if "event_types" in values else webhook.event_types
    changed = change(webhook, values, allowed=EDITABLE)
    if wanted != webhook.event_types:
        webhook.event_types = wanted
        changed.append("event_types")
    if "name" in changed and Webhook.objects.filter(name=webhook.name).exclude(pk=webhook.pk).exists():
        raise Denied("name_taken", _("There is a webhook with this name already."), field="name")
    return changed


@verb("core.create_webhook", _("Create webhook"))
def create_webhook(model: type[Webhook], *, actor: Any, reason: str = "", event_types: Any, **values: Any) -> Webhook:
    """Tell an address of events from now on; `secret` of the answer is shown this once. Raises Denied."""
    webhook = model()
    _fill(webhook, {"event_types": event_types, "owner": actor, **values})
    secret = new_secret()
    webhook.secret = seal(secret)
    webhook.save()
    webhook.shown_secret = secret  # type: ignore[attr-defined]
    log_access(AccessLog.Kind.TOKEN, actor, about=f"webhook {webhook.name} {webhook.url}")
    return webhook


@verb("core.edit_webhook", _("Edit webhook"))
def edit_webhook(webhook: Webhook, *, actor: Any, reason: str = "", **values: Any) -> Webhook:
    """Change name, address, owner and events of a webhook, or whether it is in use. What waits goes to the new address. Raises Denied."""
    changed = _fill(webhook, values)
    if not changed:
        return webhook
    if {"url", "owner"} & set(changed):
        log_access(AccessLog.Kind.TOKEN, actor, about=f"webhook {webhook.name} {webhook.url}")
    if "is_active" in changed and not webhook.is_active:
        webhook.deliveries.filter(state=WebhookDelivery.State.WAITING).update(state=WebhookDelivery.State.CANCELLED)
    if "url" in changed:
        webhook.failures, webhook.not_before = 0, clock.now()
    webhook.save()
    dispatch(TELL)
    return webhook


@verb("core.renew_webhook_secret", _("New secret"))
def renew_webhook_secret(webhook: Webhook, *, actor: Any, reason: str = "") -> Webhook:
    """Give a webhook a new secret, shown this once; what is sent from now on is signed with it."""
    secret = new_secret()
    webhook.secret = seal(secret)
    webhook.save(update_fields=["secret"])
    webhook.shown_secret = secret  # type: ignore[attr-defined]
    log_access(AccessLog.Kind.TOKEN, actor, about=f"webhook {webhook.name}: new secret")
    return webhook


@verb("core.pause_webhook", _("Pause"))
def pause_webhook(webhook: Webhook, *, actor: Any, reason: str = "") -> Webhook:
    """Send nothing for now; what happens is kept and told when the webhook is taken up again. Raises Denied."""
    denied = webhook.why_no_pause()
    if denied:
        raise denied
    webhook.paused_at, webhook.paused_because = clock.now(), reason.strip()[:300]
    webhook.save()
    return webhook


@verb("core.resume_webhook", _("Take up again"))
def resume_webhook(webhook: Webhook, *, actor: Any, reason: str = "") -> Webhook:
    """Send again, beginning with what waits. Raises Denied."""
    denied = webhook.why_no_resumption()
    if denied:
        raise denied
    webhook.paused_at, webhook.paused_because, webhook.failures, webhook.not_before = None, "", 0, clock.now()
    webhook.save()
    dispatch(TELL)
    return webhook


@verb("core.try_webhook", _("Send a test"))
def try_webhook(webhook: Webhook, *, actor: Any, reason: str = "") -> WebhookDelivery:
    """Send a delivery that tells of nothing but the webhook itself. Raises Denied while it is paused or off."""
    denied = webhook.why_no_pause()
    if denied:
        raise Denied("webhook_not_running", _("This webhook is paused or off. Take it up again first."))
    label, _dot, change = TESTED.rpartition(".")
    row = WebhookDelivery.objects.create(
        webhook=webhook, record_type=label, record_id=webhook.pk, record_version=webhook.version, change=change
    )
    dispatch(TELL)
    return row


@verb("core.repeat_delivery", _("Send again"))
def repeat_delivery(delivery: WebhookDelivery, *, actor: Any, reason: str = "") -> WebhookDelivery:
    """Send a delivery once more under the same key, by the rights that its webhook's owner has now. Raises Denied."""
    denied = delivery.why_no_repetition()
    if denied:
        raise denied
    delivery.state, delivery.attempts, delivery.not_before = WebhookDelivery.State.WAITING, 0, clock.now()
    delivery.save(update_fields=["state", "attempts", "not_before"])
    dispatch(TELL)
    return delivery


def forget_old_deliveries() -> int:
    """Delete deliveries after their time, those included that a paused webhook never sent; answers how many."""
    before = clock.now() - timedelta(days=parameter("webhooks.retention_days"))
    return WebhookDelivery.objects.filter(happened_at__lt=before).delete()[0]
