"""Pages of received e-mails: the list to be assigned, one with its words and files, whose it is, set aside."""

from typing import Any

from django.db.models import Model
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.filters.received_mail import ReceivedMailFilter
from accounts.forms.received_mail import AssignMailForm
from accounts.models import ReceivedMail
from kam.core.about import visible_record
from kam.core.badges import badge_for
from kam.core.tables import Column
from kam.core.views import Fact, ListPage, RecordPage, VerbView
from kam.core.views.record import VerbButton


class ReceivedMailList(ListPage):
    """What came into the mailboxes for orders and complaints."""

    model = ReceivedMail
    title = _("Received e-mails")
    icon = "mail-open"
    filterset_class = ReceivedMailFilter
    default_order = ("-received_at",)
    tabs = (
        (pgettext_lazy("e-mail", "To assign"), "state=to_assign"),
        (pgettext_lazy("e-mail", "Filed"), "state=filed"),
        (pgettext_lazy("e-mail", "Set aside"), "state=set_aside"),
    )
    empty_title = _("No e-mails")
    empty_text = _("What customers send to the mailboxes for orders and complaints stands here with what became of it.")
    columns = (
        Column("subject", _("Subject"), value=str, sort="subject", link=True, second="note"),
        Column("sender", _("Sender"), sort="sender", second="sender_name"),
        Column("state", _("State"), kind="status"),
        Column("use", _("Mailbox for"), value="get_use_display"),
        Column("plant", _("Plant"), value="plant.name", second="plant.customer.name"),
        Column("received_at", _("Received"), kind="moment", sort="received_at"),
        Column("sent_at", _("Sent"), kind="moment", default=False),
        Column("mailbox", _("Mailbox"), default=False),
    )


class ReceivedMailPage(RecordPage):
    """An e-mail in plain words, who sent it as it says, and what became of it."""

    model = ReceivedMail
    template_name = "accounts/received_mail_page.html"
    list_url = "accounts:received_mail_list"
    icon = "mail-open"
    buttons = (
        VerbButton(
            "accounts.assign_mail",
            "accounts:received_mail_assign",
            "folder-input",
            page=True,
            primary=True,
            why_not=ReceivedMail.why_not_sorted,
        ),
        VerbButton(
            "accounts.set_aside_mail",
            "accounts:received_mail_set_aside",
            "archive",
            page=True,
            why_not=ReceivedMail.why_not_set_aside,
        ),
    )

    def badges(self) -> list[Any]:
        return [badge_for(self.record, "state")]

    def meta(self) -> list[Any]:
        return [self.record.sender_name, self.record.sender]

    def facts(self) -> list[Fact]:
        one = self.record
        facts = [
            Fact(_("Sender"), one.sender, "", one.sender_name),
            Fact(_("Contact"), one.contact or "", one.contact.get_absolute_url() if one.contact else ""),
            Fact(_("Plant"), one.plant or "", one.plant.get_absolute_url() if one.plant else ""),
            Fact(_("Sent"), one.sent_at),
            Fact(_("Received"), one.received_at, "", one.mailbox),
            Fact(_("Note"), one.note),
            *self._filed(),
        ]
        return [fact for fact in facts if fact.value not in ("", None)]

    def _filed(self) -> list[Fact]:
        """Where it stands now, for who sees that."""
        one = self.record
        if one.filed_type is None:
            return []
        found: Model | None = visible_record(".".join(one.filed_type.natural_key()), one.filed_id, self.reader)
        return [Fact(_("Filed with"), found, found.get_absolute_url())] if found is not None else []  # type: ignore[attr-defined]


class ReceivedMailAssign(VerbView):
    """Say whose an e-mail is."""

    model = ReceivedMail
    verb = "accounts.assign_mail"
    form_class = AssignMailForm
    text = _("The e-mail and its files go to what is made of it, or to the record that it belongs to.")
    success = _("The e-mail is filed.")

    def initial(self) -> dict[str, Any]:
        contact = self.record.contact
        return {"use": self.record.use, "plant": contact.plant_id if contact else None}

    def next_address(self, result: Any) -> str:
        record = visible_record(".".join(result.filed_type.natural_key()), result.filed_id, self.reader)
        return record.get_absolute_url() if record is not None else "/mails/"


class ReceivedMailSetAside(VerbView):
    """Make nothing of an e-mail."""

    model = ReceivedMail
    verb = "accounts.set_aside_mail"
    reason = True
    reason_required = True
    text = _("The e-mail stays here and can still be assigned.")
    success = _("The e-mail is set aside.")
