"""Types of documents and print forms: looked up by everybody, kept by administrators."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from kam.core.documents import DocumentType
from kam.core.file_filters import DocumentTypeFilter, PrintFormFilter
from kam.core.forms import FieldsForm
from kam.core.papers import create_document_type, edit_document_type, edit_print_form
from kam.core.printing import PrintForm
from kam.core.tables import Column
from kam.core.views.form import FormPage
from kam.core.views.list import ListPage
from kam.core.words import translated_name


class DocumentTypeForm(FieldsForm):
    """What a type is called and what one of it must state."""

    class Meta:
        model = DocumentType
        fields = [
            "name_en", "name_it", "name_de", "must_have_number", "must_have_revision", "must_expire", "warning_days", "is_active",
        ]  # fmt: skip


class NewDocumentTypeForm(DocumentTypeForm):
    """A type with its code, which stays."""

    class Meta(DocumentTypeForm.Meta):
        fields = ["code", *DocumentTypeForm.Meta.fields]


class PrintFormForm(FieldsForm):
    """What stands in the foot of a print."""

    class Meta:
        model = PrintForm
        fields = ["name_en", "name_it", "name_de", "procedure", "form", "revision", "revised_on"]


class DocumentTypeList(ListPage):
    """Every type of document."""

    model = DocumentType
    title = _("Document types")
    icon = "files"
    filterset_class = DocumentTypeFilter
    default_order = ("code",)
    create_url = "core:document_type_create"
    create_verb = "core.create_document_type"
    create_label = _("New document type")
    columns = (
        Column(
            "name",
            _("Name"),
            value="name",
            sort=translated_name(),
            link=lambda row: f"/document-types/{row.pk}/edit/",
            second="code",
        ),
        Column("must_have_number", _("Needs its number"), kind="yes", sort="must_have_number"),
        Column("must_have_revision", _("Needs its revision"), kind="yes", sort="must_have_revision"),
        Column("must_expire", _("Needs its validity"), kind="yes", sort="must_expire"),
        Column("warning_days", _("Warned before, days"), kind="number", sort="warning_days"),
        Column("is_active", _("In use"), kind="yes", sort="is_active"),
    )
    empty_title = _("No document type yet")


class DocumentTypeCreate(FormPage):
    """Add a type of document."""

    model = DocumentType
    form_class = NewDocumentTypeForm
    verb = "core.create_document_type"
    creates = True
    title = _("New document type")
    cancel_url = "/document-types/"

    def initial(self) -> dict[str, Any]:
        return {"warning_days": 30, "is_active": True} | super().initial()

    def act(self, form: Any) -> Any:
        """Add it."""
        values = form.values()
        values.pop("version", None)
        return create_document_type(DocumentType, actor=self.reader, **values)

    def next_address(self, record: Any) -> str:
        """Back to the list."""
        return "/document-types/"


class DocumentTypeEdit(FormPage):
    """Edit a type of document."""

    model = DocumentType
    form_class = DocumentTypeForm
    verb = "core.edit_document_type"
    title = _("Edit document type")
    cancel_url = "/document-types/"

    def act(self, form: Any) -> Any:
        """Change it."""
        return edit_document_type(self.record, actor=self.reader, **form.values())

    def next_address(self, record: Any) -> str:
        """Back to the list."""
        return "/document-types/"


class PrintFormList(ListPage):
    """Every print with the form that it carries."""

    model = PrintForm
    title = _("Print forms")
    icon = "printer"
    filterset_class = PrintFormFilter
    default_order = ("code",)
    columns = (
        Column(
            "name",
            _("Print"),
            value="name",
            sort=translated_name(),
            link=lambda row: f"/print-forms/{row.pk}/edit/",
            second="code",
        ),
        Column("procedure", _("Procedure"), sort="procedure"),
        Column("form", _("Form"), sort="form"),
        Column("revision", _("Revision"), sort="revision"),
        Column("revised_on", _("Revised on"), kind="date", sort="revised_on"),
    )
    note = _("Procedure, form and revision stand in the foot of every page that is printed from now on.")


class PrintFormEdit(FormPage):
    """Edit what stands in the foot of a print."""

    model = PrintForm
    form_class = PrintFormForm
    verb = "core.edit_print_form"
    title = _("Edit print form")
    cancel_url = "/print-forms/"

    def act(self, form: Any) -> Any:
        """Change it."""
        return edit_print_form(self.record, actor=self.reader, **form.values())

    def next_address(self, record: Any) -> str:
        """Back to the list."""
        return "/print-forms/"
