"""Where a person is told beside KAM's own window: browsers and phones that they registered, and what is on its way to each.

What is sent, how it is sealed and who may still read it is in push.py.
"""

import base64
import binascii
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kam.core import clock
from kam.core.dispatch import dispatch
from kam.core.mails import Sending, State
from kam.core.outgoing import LONGEST_ADDRESS, checked_address
from kam.core.scoping import OwnQuerySet, ScopedQuerySet
from kam.core.workflow import Denied

#: More than a person has; the oldest beyond gives way.
MOST_DEVICES = 10
SECRET_BYTES = 16


class PushDevice(models.Model):
    """A browser or a phone on which one person wants to be told at once; what it is sent only this device can read (RFC 8291)."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="push_devices", verbose_name=_("person")
    )
    name = models.CharField(_("device"), max_length=80)
    endpoint = models.CharField(_("address"), max_length=LONGEST_ADDRESS, unique=True)
    public_key = models.CharField(_("public key"), max_length=100)
    secret = models.CharField(_("secret"), max_length=40)
    created_at = models.DateTimeField(_("created"), default=clock.now, editable=False)
    last_sent_at = models.DateTimeField(_("last told"), null=True, blank=True, editable=False)

    objects = OwnQuerySet.as_manager()

    class Meta:
        verbose_name = _("device")
        verbose_name_plural = _("devices")
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["user", "-created_at", "-id"], name="core_pushdevice_of_person")]

    def __str__(self) -> str:
        return self.name


class PushMessage(Sending):
    """One notification on its way to one device; its text is made when it is sent, by the rights that its reader has then."""

    State = State

    device = models.ForeignKey(PushDevice, on_delete=models.CASCADE, related_name="messages", verbose_name=_("device"))
    notification = models.ForeignKey("core.Notification", on_delete=models.CASCADE, related_name="pushes")

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("message to a device")
        verbose_name_plural = _("messages to devices")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["not_before"], condition=Q(state="waiting"), name="core_pushmessage_waiting")]
        constraints = [models.UniqueConstraint(fields=["device", "notification"], name="core_pushmessage_once")]

    def __str__(self) -> str:
        return f"{self.device} {self.notification_id}"


def decoded(text: str) -> bytes:
    """The bytes of base64url, with or without its padding. Raises ValueError."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError) as problem:
        raise ValueError(str(problem)) from problem


@transaction.atomic
def register_device(user: Any, *, endpoint: str, public_key: str, secret: str, name: str) -> PushDevice:
    """Tell this person on a device from now on; a device that somebody else used before is theirs no longer.

    Raises Denied for an address that KAM does not send to and for keys that are none.
    """
    endpoint = checked_address(endpoint)
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decoded(public_key))
        if len(decoded(secret)) != SECRET_BYTES:
            raise ValueError(secret)
    except ValueError:
        text = _("The browser did not say how to reach it. Reload the page and try again.")
        raise Denied("bad_device", text, field="public_key", status=400) from None
    known = PushDevice.objects.select_for_update().filter(endpoint=endpoint).first()
    keys = {"public_key": public_key, "secret": secret, "name": " ".join(name.split())[:80] or str(_("Browser"))}
    if known is not None and known.user_id == user.pk:
        PushDevice.objects.filter(pk=known.pk).update(**keys)
        return PushDevice.objects.get(pk=known.pk)
    if known is not None:
        known.delete()
    device, _made = PushDevice.objects.get_or_create(endpoint=endpoint, defaults={"user": user, **keys})
    kept = PushDevice.objects.filter(user=user).order_by("-created_at", "-pk")[:MOST_DEVICES]
    PushDevice.objects.filter(user=user).exclude(pk__in=kept.values("pk")).delete()
    return device


def remove_device(device: PushDevice, *, actor: Any, version: int | None = None, reason: str = "") -> None:
    """Tell the person on this device no longer; what was on its way is not sent."""
    device.delete()


def queue_pushes(notifications: Iterable[Any]) -> None:
    """Have each device of the readers told, once per notification, when the transaction has committed."""
    told: dict[int, list[int]] = defaultdict(list)
    for notification in notifications:
        told[notification.reader_id].append(notification.pk)
    if not told:
        return
    devices = PushDevice.objects.filter(user__in=told).values_list("pk", "user")
    rows = [PushMessage(device_id=device, notification_id=key) for device, user in devices for key in told[user]]
    for message in PushMessage.objects.bulk_create(rows):
        dispatch("kam.core.tasks.deliver_push", message.pk)


def due_pushes(limit: int = 200) -> list[int]:
    """The keys of messages that should have gone out: for the sweeper."""
    waiting = PushMessage.objects.filter(state=State.WAITING, not_before__lte=clock.now())
    return list(waiting.order_by("not_before", "pk").values_list("pk", flat=True)[:limit])
