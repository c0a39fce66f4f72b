"""E-mails that came into a mailbox of ours for orders or complaints: from whom, what became of them; unknown senders wait for a person."""

from typing import Any, Self

import pgtrigger
from django.contrib.contenttypes.fields import GenericForeignKey, GenericRelation
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models.access import access_of
from accounts.models.contacts import Contact
from accounts.models.locations import Role
from accounts.models.plants import Plant
from kam.core.documents import Document
from kam.core.history import tracked
from kam.core.ports import port
from kam.core.records import Record
from kam.core.scoping import ScopedQuerySet
from kam.core.workflow import Denied

_SALES = frozenset({Role.ACCOUNT_MANAGER, Role.AREA_MANAGER, Role.BACK_OFFICE, Role.SALES_MANAGER})
#: Who reads the mails of known customers at their plants, and who reads what nobody has assigned yet, by what the mailbox is for.
READERS = {"orders": _SALES, "complaints": _SALES | {Role.QUALITY}}
SORTERS = {
    "orders": frozenset({Role.BACK_OFFICE, Role.SALES_MANAGER}),
    "complaints": frozenset({Role.QUALITY, Role.BACK_OFFICE, Role.SALES_MANAGER}),
}


class ReceivedMailQuerySet(ScopedQuerySet):
    """Mails: with a plant for whoever works for it, without one for those who sort the post."""

    def visible_to(self, user: Any) -> Self:
        return self._within(user, frozenset(Role.values))

    def permitted(self, user: Any, verb: str) -> Self:
        return self._within(user, port("role_verbs").get(verb, frozenset()))

    def _within(self, user: Any, roles: frozenset[str]) -> Self:
        access, found = access_of(user), Q(pk__in=[])
        for use, readers in READERS.items():
            of_plants = access.scope_of(readers & roles).plants.has("plant") & Q(plant__isnull=False)
            found |= Q(use=use) & of_plants
            if access.roles & SORTERS[use] & roles:
                found |= Q(use=use, plant__isnull=True)
        return self.filter(found)

    def for_list(self) -> Self:
        return self.select_related("plant__customer", "contact", "filed_type")


@tracked(exclude=("text", "message_id"))
class ReceivedMail(Record):
    """An e-mail as it came; taken once. Its file and its attachments stand on it until they go to what it became or answers."""

    class Use(models.TextChoices):
        ORDERS = "orders", pgettext_lazy("mailbox", "Orders")
        COMPLAINTS = "complaints", pgettext_lazy("mailbox", "Complaints")

    class State(models.TextChoices):
        TO_ASSIGN = "to_assign", pgettext_lazy("e-mail", "To assign")
        FILED = "filed", pgettext_lazy("e-mail", "Filed")
        SET_ASIDE = "set_aside", pgettext_lazy("e-mail", "Set aside")

    STATUS_TONES = {"to_assign": "wait", "filed": "ok", "set_aside": "closed"}

    use = models.CharField(_("mailbox for"), max_length=10, choices=Use.choices, editable=False)
    mailbox = models.CharField(_("mailbox"), max_length=400, editable=False)
    message_id = models.CharField(_("Message-ID"), max_length=250, editable=False)
    sender = models.CharField(_("sender"), max_length=250, blank=True, editable=False)
    sender_name = models.CharField(_("name of the sender"), max_length=120, blank=True, editable=False)
    subject = models.CharField(_("subject"), max_length=200, blank=True, editable=False)
    text = models.TextField(_("text"), max_length=20000, blank=True, editable=False)
    sent_at = models.DateTimeField(_("sent"), null=True, editable=False)
    received_at = models.DateTimeField(_("received"), editable=False)
    automatic = models.BooleanField(_("written by a program"), default=False, editable=False)
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.TO_ASSIGN, editable=False)
    note = models.CharField(_("note"), max_length=400, blank=True, editable=False)
    contact = models.ForeignKey(
        Contact, on_delete=models.PROTECT, null=True, editable=False, verbose_name=_("contact"), related_name="+"
    )
    plant = models.ForeignKey(
        Plant, on_delete=models.PROTECT, null=True, editable=False, verbose_name=_("plant"), related_name="+"
    )
    filed_type = models.ForeignKey(ContentType, on_delete=models.PROTECT, null=True, editable=False, related_name="+")
    filed_id = models.BigIntegerField(null=True, editable=False)
    record = GenericForeignKey("filed_type", "filed_id")
    documents = GenericRelation(Document)

    objects = ReceivedMailQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("received e-mail")
        verbose_name_plural = _("received e-mails")
        ordering = ["-received_at", "-pk"]
        indexes = [
            models.Index(fields=["-received_at", "-id"], name="accounts_mail_by_day"),
            models.Index(fields=["state", "-received_at", "-id"], name="accounts_mail_by_state"),
            models.Index(fields=["plant", "-received_at", "-id"], name="accounts_mail_by_plant"),
            models.Index(fields=["sender", "id"], name="accounts_mail_by_sender"),
            models.Index(fields=["subject", "id"], name="accounts_mail_by_subject"),
            models.Index(fields=["message_id"], name="accounts_mail_by_message"),
            models.Index(fields=["filed_type", "filed_id"], name="accounts_mail_by_record"),
            models.Index(fields=["updated_at", "id"], name="accounts_mail_by_change"),
        ]
        triggers = [*Record.Meta.triggers, pgtrigger.Protect(name="stays", operation=pgtrigger.Delete)]
        constraints = [
            models.UniqueConstraint(fields=["sender", "message_id"], name="accounts_mail_once"),
            models.CheckConstraint(
                name="accounts_mail_filed_where",
                condition=Q(state="filed", filed_type__isnull=False, filed_id__isnull=False)
                | ~Q(state="filed") & Q(filed_type__isnull=True, filed_id__isnull=True),
            ),
            models.CheckConstraint(name="accounts_mail_aside_why", condition=~Q(state="set_aside") | ~Q(note="")),
        ]

    def __str__(self) -> str:
        return self.subject or str(_("E-mail without a subject"))

    def get_absolute_url(self) -> str:
        """The mail's page."""
        return f"/mails/{self.pk}/"

    def why_not_sorted(self) -> Denied | None:
        """Why nothing is to be decided about it any more."""
        if self.state == self.State.FILED:
            return Denied("mail_filed", _("This e-mail is filed already. Open the record where it stands."))
        return None

    def why_not_set_aside(self) -> Denied | None:
        """Why it cannot be set aside now."""
        if self.state == self.State.SET_ASIDE:
            return Denied("mail_aside", _("This e-mail is set aside already."))
        return self.why_not_sorted()
