"""Pages of the register of documents: what is due, one entry with its steps, its rates by customer, and a record's part."""

from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, Department, User
from catalog.actions import check_document, distribute_document, request_document
from catalog.actions.document_work import asked_of_holders
from catalog.documents import requested_of
from catalog.filters import DocumentEntryFilter
from catalog.forms import DocumentDueForm, DocumentHoldersForm
from catalog.models import DocumentEntry, DocumentMonth
from catalog.models.document_subjects import document_subjects
from catalog.reports.documents import Compliance, compliance, compliance_by_customer, status_chart, uses_of_old
from kam.core import formats
from kam.core.charts import ChartData, Series
from kam.core.documents import Document, PreviewState
from kam.core.plain import Plain
from kam.core.ports import port
from kam.core.tables import Column
from kam.core.views import Fact, ListPage, Page, PrintView, RecordPage, VerbView
from kam.core.views.about import AboutPanel
from kam.core.views.list import BulkAction
from kam.core.views.record import VerbButton
from kam.core.words import translated_name

SHOWN = 100


def percent(value: Any) -> str:
    """A rate in words; nothing required is no zero."""
    return gettext("n/a") if value is None else formats.percent(value, 2)


def rates(found: Compliance) -> list[tuple[Any, str, str]]:
    """The three rates with what each is made of."""
    return [
        (_("Completeness"), percent(found.completeness), gettext("%(part)s of %(whole)s required are there")
            % {"part": formats.number(found.present), "whole": formats.number(found.required)}),
        (_("Currency of documents"), percent(found.currency), gettext("%(part)s of %(whole)s there are valid")
            % {"part": formats.number(found.valid), "whole": formats.number(found.present)}),
        (_("Compliance"), percent(found.compliance), gettext("%(part)s of %(whole)s required are valid")
            % {"part": formats.number(found.valid), "whole": formats.number(found.required)}),
    ]  # fmt: skip


def kind_of(entry: DocumentEntry) -> str:
    """What kind of record an entry stands on, in words."""
    return str(entry.record._meta.verbose_name) if entry.record is not None else ""


class DocumentEntryList(ListPage):
    """The register as far as its reader sees it, with the rates of what is filtered."""

    model = DocumentEntry
    title = _("Documents due")
    icon = "files"
    filterset_class = DocumentEntryFilter
    default_order = ("type__code",)
    template_name = "catalog/documents_due.html"
    tabs = (
        (_("To do"), "due=true"),
        (_("Missing"), "status=missing"),
        (_("Requested"), "status=requested"),
        (_("To be checked"), "status=received"),
        (_("Expiring"), "status=expiring"),
        (_("Expired or superseded"), "status=expired&status=superseded"),
        (_("Blocks orders"), "due=true&blocks=true"),
    )
    bulk_actions = (
        BulkAction("request", _("Request document"), "send", "catalog.request_document", request_document),
        BulkAction("check", _("Check document"), "check", "catalog.check_document", check_document),
    )
    empty_title = _("No documents")
    empty_text = _("Nothing is required yet. Say which documents are required of whom, and the register fills by itself.")
    columns = (
        Column("type", _("Document"), value="type.name", link=True, sort=translated_name("type__"), second=kind_of),
        Column("record", _("Document of"), value=lambda row: str(row.record or "")),
        Column("customer", _("Customer"), value=lambda row: row.customer.name if row.customer else "", sort=Plain("customer__name")),
        Column("status", _("Status"), kind="status"),
        Column("valid_to", _("Valid to"), value=lambda row: row.document.valid_to if row.document else None, kind="date",
               sort="document__valid_to"),
        Column("due_on", _("Due on"), kind="date", sort="due_on"),
        Column("blocks", _("Blocks orders"), kind="yes"),
        Column("owner", _("Looked after by"), value=lambda row: row.owner or ""),
        Column("number", _("Number"), value=lambda row: row.document.number if row.document else "", default=False),
        Column("revision", _("Revision"), value=lambda row: row.document.revision if row.document else "", default=False),
        Column("reminders", _("Reminders"), kind="number", default=False),
        Column("waiver", _("Why it is not required"), default=False),
        Column("updated_at", _("Last change"), kind="moment", sort="updated_at", default=False),
    )  # fmt: skip

    def context(self) -> dict[str, Any]:
        return super().context() | {"rates": rates(compliance(self.filtered()))}


class DocumentEntryPage(RecordPage):
    """One type of document of one record: where it stands, what can be done about it, who has the current revision."""

    model = DocumentEntry
    template_name = "catalog/document_entry.html"
    list_url = "catalog:document_entry_list"
    icon = "file-text"
    buttons = (
        VerbButton("catalog.check_document", "catalog:document_entry_check", "check", primary=True),
        VerbButton("catalog.request_document", "catalog:document_entry_request", "send", page=True),
        VerbButton("catalog.remind_of_document", "catalog:document_entry_remind", "bell", page=True),
        VerbButton("catalog.distribute_document", "catalog:document_entry_holders", "users", page=True),
        VerbButton("catalog.waive_document", "catalog:document_entry_waive", "ban", page=True),
        VerbButton("catalog.require_again", "catalog:document_entry_require", "undo-2"),
    )

    def steps(self) -> list[Any]:
        """Only what the entry's status leaves to do."""
        one = self.record
        has_no_place = {
            "catalog.check_document": one.document is None or one.checked_at is not None,
            "catalog.request_document": one.customer_id is None or one.requested_on is not None or one.waived_at is not None,
            "catalog.remind_of_document": one.requested_on is None,
            "catalog.waive_document": one.waived_at is not None,
            "catalog.require_again": one.waived_at is None,
        }
        return [step for step in super().steps() if not has_no_place.get(step.button.verb)]

    def facts(self) -> list[Fact]:
        one, document = self.record, self.record.document
        label = port("audience_label")
        return [
            Fact(_("Document of"), one.record, f"{one.record.get_absolute_url()}?tab=register", note=kind_of(one)),
            Fact(_("Customer"), one.customer, one.customer.get_absolute_url() if one.customer else ""),
            Fact(_("Required"), _("yes") if one.required else _("no")),
            Fact(_("Blocks orders"), _("yes") if one.blocks else _("no")),
            Fact(_("Document"), document, document.get_absolute_url() if document else ""),
            Fact(_("Revision"), document.revision if document else ""),
            Fact(_("Valid from"), document.valid_from if document else None),
            Fact(_("Valid to"), document.valid_to if document else None),
            Fact(_("Looked after by"), one.owner or ""),
            Fact(_("Checked by"), one.checked_by or "", note=formats.moment(one.checked_at) if one.checked_at else ""),
            Fact(_("Requested on"), one.requested_on, note=str(one.requested_by or "")),
            Fact(_("Due on"), one.due_on),
            Fact(_("Reminders"), one.reminders or None),
            Fact(_("Why it is not required"), one.waiver, note=str(one.waived_by or "")),
            Fact(_("Must hold the current revision"), ", ".join(filter(None, map(label, one.holders)))),
        ]

    def context(self) -> dict[str, Any]:
        asked = asked_of_holders(self.record).select_related("assignee", "done_by").order_by("asked_at", "pk")
        label = port("audience_label")
        return super().context() | {
            "uses": uses_of_old(self.record, self.reader),
            "receipts": [(label(item.addressed_to), item) for item in asked],
            "pictured": self._pictured(),
        }

    def _pictured(self) -> list[Document]:
        """The document, and on its left the revision that it replaced, as far as they have pictures."""
        pair = Q(pk=self.record.document_id) | Q(superseded_by=self.record.document_id)
        ready = Document.objects.visible_to(self.reader).filter(pair, preview_state=PreviewState.READY)
        return list(ready.for_list().order_by("pk")) if self.record.document_id else []


class EntryVerb(VerbView):
    """One step on an entry."""

    model = DocumentEntry


class DocumentCheck(EntryVerb):
    """Note that a document is right."""

    verb = "catalog.check_document"


class DocumentRequest(EntryVerb):
    """Ask the customer for a document."""

    verb = "catalog.request_document"
    form_class = DocumentDueForm
    text = _(
        "The letter to the customer lists everything that was requested and is not there yet: print it on the customer's page."
    )


class DocumentRemind(EntryVerb):
    """Note a reminder."""

    verb = "catalog.remind_of_document"
    form_class = DocumentDueForm


class DocumentWaive(EntryVerb):
    """Declare that a document is not required here."""

    verb = "catalog.waive_document"
    reason_required = True


class DocumentRequireAgain(EntryVerb):
    """Take back that a document is not required."""

    verb = "catalog.require_again"


class DocumentHolders(EntryVerb):
    """Say who looks after a document and who must hold it."""

    verb = "catalog.distribute_document"
    form_class = DocumentHoldersForm

    def initial(self) -> dict[str, Any]:
        keys: dict[str, list[int]] = {"user": [], "department": []}
        for holder in self.record.holders:
            kind, _colon, key = holder.partition(":")
            keys[kind].append(int(key))
        return {
            "owner": self.record.owner,
            "people": User.objects.visible_to(self.reader).filter(pk__in=keys["user"]),
            "departments": Department.objects.visible_to(self.reader).filter(pk__in=keys["department"]),
        }

    def act(self, form: Any) -> Any:
        return distribute_document(self.record, actor=self.reader, **form.values())


class DocumentFigures(Page):
    """How complete, current and compliant the documents are, in all and customer by customer."""

    model = DocumentEntry
    title = _("Compliance of documents")
    template_name = "catalog/document_figures.html"
    breadcrumb = ((_("Documents due"), "/documents-due/"),)

    @cached_property
    def months(self) -> list[DocumentMonth]:
        """The last twelve months of the whole register, for who sees everything."""
        return list(DocumentMonth.objects.visible_to(self.reader).order_by("-month")[:12])[::-1]

    def course(self) -> ChartData:
        """The rates month by month."""
        made = [Compliance(None, str(one), one.required, one.present, one.valid) for one in self.months]
        return ChartData(
            "document-months",
            _("Compliance month by month"),
            [one.label for one in made],
            [
                Series(_("Completeness"), [one.completeness for one in made], kind="line", tone="light"),
                Series(_("Compliance"), [one.compliance for one in made], kind="line"),
            ],
            "%",
            decimals=2,
            note=_("As it stood at the beginning of each month."),
        )

    def context(self) -> dict[str, Any]:
        entries = self.rows()
        address = reverse("catalog:document_entry_list")
        customers = compliance_by_customer(entries)
        return super().context() | {
            "rates": rates(compliance(entries)),
            "chart": status_chart(entries, f"{address}?required=true"),
            "course": self.course() if self.months else None,
            "customers": [(one, f"{address}?{urlencode({'customer': one.key, 'due': 'true'})}") for one in customers[:SHOWN]],
            "more": max(len(customers) - SHOWN, 0),
            "total": compliance(entries),
        }


class DocumentRegisterPanel(AboutPanel):
    """The register of one record, as a part of its page; of a customer also that of its plants and items."""

    template_name = "catalog/register_panel.html"

    def entries(self) -> Any:
        """What the panel shows."""
        rows = DocumentEntry.objects.visible_to(self.reader)
        return rows.filter(customer=self.record) if isinstance(self.record, Customer) else rows.about(self.record)

    def context(self) -> dict[str, Any]:
        entries = self.entries()
        of_customer = isinstance(self.record, Customer)
        requested = requested_of(self.record, self.reader) if of_customer else None
        return super().context() | {
            "rates": rates(compliance(entries)),
            "entries": entries.for_list().order_by("type__code", "pk")[:SHOWN],
            "of_customer": of_customer,
            "requested": requested.count() if requested is not None else 0,
            "mail": self.mail(requested) if requested else "",
            "all": f"{reverse('catalog:document_entry_list')}?{urlencode(self.narrowed(of_customer))}",
        }

    def narrowed(self, of_customer: bool) -> dict[str, Any]:
        """The filter of the list that shows the same."""
        if of_customer:
            return {"customer": self.record.pk}
        slug = next(slug for slug, subject in document_subjects().items() if subject.model is type(self.record))
        return {"subject": slug, "record_id": self.record.pk}

    def mail(self, requested: QuerySet) -> str:
        """The same request as an e-mail in the customer's language, ready for the reader's own program."""
        language = self.record.language
        with translation.override(language):
            lines = [f"- {entry.type.name_in(language)}, {formats.day(entry.due_on)}" for entry in requested]
            subject = gettext("Documents that we need from you")
            body = "\n".join([gettext("Please send us these documents by the day given:"), "", *lines])
        return f"mailto:?{urlencode({'subject': subject, 'body': body}).replace('+', '%20')}"


class DocumentLetter(PrintView):
    """The letter that asks a customer for documents."""

    model = Customer
    printed = "catalog.document_request"
