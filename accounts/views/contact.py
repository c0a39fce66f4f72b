"""Pages of contacts, the people at our customers."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext_lazy as _

from accounts.actions.contact import create_contact, edit_contact, report_contact
from accounts.filters.customer import ContactFilter
from accounts.forms.customer import ContactForm
from accounts.models import Contact
from accounts.reports.person import by_last_name_only
from accounts.views.customer import choices
from kam.core.badges import Badge
from kam.core.plain import Plain
from kam.core.tables import Column
from kam.core.views import Fact, FormPage, ListPage, Page, RecordPage, VerbView
from kam.core.words import language_name

TONES = {"decider": "ok", "influencer": "accent", "user": "draft", "gatekeeper": "wait", "blocker": "no"}


def role_badge(contact: Contact) -> Badge | None:
    """What a contact decides."""
    return (
        Badge(contact.get_decision_role_display(), TONES[contact.decision_role], "user-check") if contact.decision_role else None
    )


class ContactList(ListPage):
    """The people at the reader's customers."""

    model = Contact
    title = _("Contacts")
    icon = "contact"
    filterset_class = ContactFilter
    default_order = (Plain("last_name"), Plain("first_name"))
    drawer_template = "accounts/contact_card.html"
    create_url = "accounts:contact_create"
    create_verb = "accounts.create_contact"
    create_label = _("New contact")
    tabs = ((_("Deciders"), "decision_role=decider"), (_("Opposed to us"), "decision_role=blocker"))
    empty_title = _("No contacts here")
    empty_text = _("Record the people you talk to at your customers.")
    columns = (
        Column("name", _("Name"), value=str, sort=(Plain("last_name"), Plain("first_name")), link=True, second="function"),
        Column("customer", _("Customer"), value="customer.name", sort=Plain("customer__name"), second="plant.name"),
        Column("decision_role", _("Role in decisions"), value="get_decision_role_display", sort="decision_role"),
        Column("relationship", _("Relationship, 1–5"), kind="number", sort="relationship"),
        Column("email", _("E-mail"), sort="email"),
        Column("phone", _("Phone"), value=lambda row: row.phone or row.mobile),
        Column("language", _("Language"), value=lambda row: language_name(row.language), sort="language", default=False),
        Column("legal_basis", _("Legal basis of the data"), default=False),
        Column("is_active", _("Active"), kind="yes", sort="is_active", default=False),
        Column("updated_at", _("Last change"), kind="moment", sort="updated_at", default=False),
    )


class ContactPage(RecordPage):
    """A person at a customer."""

    model = Contact
    template_name = "accounts/contact_page.html"
    list_url = "accounts:contact_list"
    edit_url = "accounts:contact_edit"
    edit_verb = "accounts.edit_contact"

    def badges(self) -> list[Badge]:
        role = role_badge(self.record)
        gone = [Badge(_("No longer there"), "closed")] if not self.record.is_active else []
        return [*([role] if role else []), *gone]

    def meta(self) -> list[Any]:
        return [word for word in (self.record.function, self.record.customer.name, self.record.plant) if word]

    def facts(self) -> list[Fact]:
        one = self.record
        return [
            Fact(_("Customer"), one.customer.name, one.customer.get_absolute_url()),
            Fact(_("Plant"), one.plant, one.plant.get_absolute_url() if one.plant else ""),
            Fact(_("E-mail"), one.email, f"mailto:{one.email}" if one.email else ""),
            Fact(_("Phone"), one.phone, f"tel:{one.phone}" if one.phone else ""),
            Fact(_("Mobile"), one.mobile, f"tel:{one.mobile}" if one.mobile else ""),
            Fact(_("Language"), language_name(one.language)),
            Fact(_("Strength of the relationship"), one.relationship, note=_("of 5") if one.relationship else ""),
            Fact(_("Legal basis of the data"), one.legal_basis),
        ]

    def context(self) -> dict[str, Any]:
        return super().context() | {
            "may_erase": self.record.erased_at is None and self.may("accounts.erase_contact"),
            "may_report": self.may("accounts.report_contact"),
        }


class ContactCreate(FormPage):
    """A new contact."""

    model = Contact
    form_class = ContactForm
    verb = "accounts.create_contact"
    creates = True
    title = _("New contact")
    success = _("Contact saved.")
    cancel_url = "/contacts/"

    def initial(self) -> dict[str, Any]:
        return {"is_active": True} | super().initial()

    def act(self, form: Any) -> Any:
        values = form.values()
        values.pop("version", None)
        return create_contact(Contact, actor=self.reader, **values)


class ContactEdit(FormPage):
    """Edit a contact."""

    model = Contact
    form_class = ContactForm
    verb = "accounts.edit_contact"
    title = _("Edit contact")

    def act(self, form: Any) -> Any:
        return edit_contact(self.record, actor=self.reader, **form.values())


class ContactErase(VerbView):
    """Erase the personal data of a contact."""

    model = Contact
    verb = "accounts.erase_contact"
    template_name = "accounts/contact_erase.html"
    reason_required = True
    dangerous = True
    text = _(
        "Name, address and numbers are replaced by a pseudonym, here, in what was written, in the history and in the search."
        " Files and comments on the contact are erased. This cannot be undone."
    )

    def context(self) -> dict[str, Any]:
        texts = [
            row
            for model, rows in by_last_name_only(self.record).items()
            for row in model._default_manager.visible_to(self.reader).filter(pk__in=rows.values("pk"))[:20]
        ]
        return super().context() | {"texts": texts, "may_report": self.reader.may("accounts.report_contact")}


class ContactReport(Page):
    """Everything that is stored about a contact: a page to print, or a file for a program (`?format=json`)."""

    model = Contact
    title = _("Access report")
    template_name = "accounts/contact_report.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.record = self.record_or_404()
        self.require("accounts.report_contact", self.record)
        self.report = report_contact(self.record, actor=self.reader)
        if request.GET.get("format") != "json":
            return super().get(request, *args, **kwargs)
        response = JsonResponse(self.report.data(), json_dumps_params={"ensure_ascii": False, "indent": 1})
        response["Content-Disposition"] = f'attachment; filename="contact-{self.record.pk}.json"'
        return response

    def crumbs(self) -> list[tuple[Any, str]]:
        return [(str(self.record), self.record.get_absolute_url())]

    def context(self) -> dict[str, Any]:
        return super().context() | {"record": self.record, "report": self.report}


contact_choices = choices(ContactFilter, lambda row: f"{row}, {row.customer.name}")
