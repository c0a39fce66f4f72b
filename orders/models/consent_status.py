"""How a request for consent to local prices stands; it is kept beside the price agreement or offer, too, where everybody looks."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kam.core.workflow import Denied


class ConsentStatus(models.TextChoices):
    """What the account manager, or in their place the sales manager, has said to a local price outside the corridor."""

    WAITING = "waiting", pgettext_lazy("consent", "Waiting for consent")
    REFUSED = "refused", pgettext_lazy("consent", "Consent refused")
    ESCALATED = "escalated", pgettext_lazy("consent", "With the sales manager")
    GIVEN = "given", pgettext_lazy("consent", "Consented")
    ALLOWED = "allowed", pgettext_lazy("consent", "Allowed by the sales manager")
    DISALLOWED = "disallowed", pgettext_lazy("consent", "Not allowed")
    WITHDRAWN = "withdrawn", pgettext_lazy("consent", "Taken back")
    VOID = "void", pgettext_lazy("consent", "Void: the prices changed")


#: Somebody has to act on it; the prices may hold.
OPEN = (ConsentStatus.WAITING, ConsentStatus.REFUSED, ConsentStatus.ESCALATED)
HOLDING = (ConsentStatus.GIVEN, ConsentStatus.ALLOWED)
CONSENT_TONES = {
    "waiting": "wait", "refused": "no", "escalated": "wait", "given": "ok", "allowed": "ok", "disallowed": "no", "withdrawn": "closed",
    "void": "closed",
}  # fmt: skip


def consent_field() -> Any:
    """The column that keeps it beside what it is about; empty where nobody had to be asked."""
    return models.CharField(
        _("consent of the account manager"),
        max_length=10,
        choices=ConsentStatus.choices,
        blank=True,
        default="",
        db_default="",
        editable=False,
    )


def consented(record: Any) -> Denied | None:
    """Nobody approves what the account manager has not consented to."""
    if record.consent in OPEN:
        return Denied("consent_missing", _("The account manager's consent to its local prices is missing."))
    return None
