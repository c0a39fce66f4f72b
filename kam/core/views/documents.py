"""Documents on a record: attached by drag and drop, revised, retired, looked at and downloaded under the record's own rule."""

from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from kam.core.badges import Badge
from kam.core.documents import (
    LANGUAGES,
    Document,
    DocumentType,
    PreviewState,
    Validity,
    attach_document,
    edit_document,
    revise_document,
    standard_type,
)
from kam.core.forms import Form
from kam.core.ports import port
from kam.core.uploads import ScanState
from kam.core.views.about import AboutPanel
from kam.core.views.base import Signed
from kam.core.views.form import FormPage, place_refusals
from kam.core.views.verb import VerbView
from kam.core.workflow import Denied

TONES = {
    Validity.VALID: "ok",
    Validity.FUTURE: "draft",
    Validity.EXPIRING: "wait",
    Validity.EXPIRED: "no",
    Validity.SUPERSEDED: "closed",
    Validity.RETIRED: "closed",
}


class StatedForm(Form):
    """What a document states of itself."""

    type = forms.ModelChoiceField(label=_("Type"), queryset=DocumentType.objects.filter(is_active=True))
    number = forms.CharField(label=_("Number"), max_length=80, required=False)
    title = forms.CharField(label=_("Title"), max_length=200, required=False, help_text=_("Empty: the name of the file."))
    revision = forms.CharField(label=_("Revision"), max_length=20, required=False)
    issued_on = forms.DateField(label=_("Issued on"), required=False)
    valid_from = forms.DateField(label=_("Valid from"), required=False)
    valid_to = forms.DateField(label=_("Valid to"), required=False)
    language = forms.ChoiceField(label=_("Language"), choices=[("", "–"), *LANGUAGES], required=False)


class AttachForm(StatedForm):
    """A file with what it states, and for whom it is."""

    file = forms.FileField(label=_("File"))
    private_to = forms.ModelMultipleChoiceField(
        label=_("Only for"), queryset=get_user_model()._default_manager.filter(is_active=True), required=False,
        help_text=_("Empty: everybody who sees the record."),
    )  # fmt: skip
    private = forms.BooleanField(label=_("An e-mail: private to its participants"), required=False)
    field_order = ["file", "type", "title"]


class ReviseForm(StatedForm):
    """A new file in the place of an old one."""

    type: Any = None
    file = forms.FileField(label=_("File"))
    field_order = ["file", "revision"]


class DocumentPanel(AboutPanel):
    """The documents of a record; dropping a file attaches it."""

    template_name = "core/documents.html"

    def context(self) -> dict[str, Any]:
        rows = Document.objects.about(self.record).visible_to(self.reader).for_list()
        everything = self.request.GET.get("all") == "1"
        documents = list((rows if everything else rows.current())[:200])
        marks = [(document, Badge(document.state.label, TONES[document.state])) for document in documents]
        form = AttachForm(reader=self.reader, initial={"type": standard_type()}) if self.may_attach() else None
        return super().context() | {"documents": marks, "everything": everything, "form": form, "infected": ScanState.INFECTED}

    def may_attach(self) -> bool:
        """Whether the reader attaches documents to this record."""
        rows = type(self.record)._default_manager.permitted(self.reader, "core.attach_document")
        return bool(rows.filter(pk=self.record.pk).exists())

    def taken(self, file: Any, private: bool) -> Any:
        """The record that a file of this ending became by itself (port `file_takers`), or None where it is a document."""
        taker = port("file_takers").get(file.name.rpartition(".")[2].lower())
        return import_string(taker)(file, actor=self.reader, record=self.record, private=private) if taker else None

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Attach a file, and show the panel with it."""
        self.require("core.attach_document", self.record)
        form = AttachForm(request.POST, request.FILES, reader=self.reader)
        if form.is_valid():
            values = form.values()
            values.pop("version", None)
            private = values.pop("private")
            try:
                taken = self.taken(values["file"], private)
                if taken is not None:
                    return self.done(taken.get_absolute_url(), _("Filed: %(record)s.") % {"record": taken})
                attach_document(Document, actor=self.reader, record=self.record, **values)
                return render(request, self.template_name, self.context() | {"attached": True})
            except Denied as denied:
                place_refusals(form, denied)
        return render(request, self.template_name, self.context() | {"form": form, "open": True}, status=422)


class DocumentDownload(Signed):
    """The file itself: always as an attachment, in a sandbox, and only if it may be opened now."""

    model = Document

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        document = self.record_or_404()
        denied = document.why_not_readable()
        if denied:
            raise denied
        return harmless_file(document.file, document.media_type, document.original_name, attachment=True)


class DocumentPreview(Signed):
    """The picture of a document, shown by the page as an image."""

    model = Document

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        document = self.record_or_404()
        if document.preview_state != PreviewState.READY or document.why_not_readable():
            raise Http404
        return harmless_file(document.preview, document.preview_type or "image/png", "", attachment=False)


def harmless_file(file: Any, media_type: str, name: str, *, attachment: bool) -> FileResponse:
    """A stored file as an answer that no browser runs."""
    response = FileResponse(file.open("rb"), as_attachment=attachment, filename=name, content_type=media_type)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    return response


def owner_address(document: Document) -> str:
    """The page of the record that a document stands on, with its documents open."""
    address = getattr(document.record, "get_absolute_url", lambda: "/")()
    return f"{address}?tab=documents"


class DocumentEdit(FormPage):
    """Correct what a document states."""

    model = Document
    form_class = StatedForm
    verb = "core.edit_document"
    title = _("Edit document")

    def act(self, form: Any) -> Any:
        return edit_document(self.record, actor=self.reader, **form.values())

    def next_address(self, record: Any) -> str:
        return owner_address(record)

    def cancel_address(self) -> str:
        return owner_address(self.record)


class DocumentRevise(FormPage):
    """Put a new revision in a document's place."""

    model = Document
    form_class = ReviseForm
    verb = "core.revise_document"
    title = _("New revision")

    def initial(self) -> dict[str, Any]:
        return {name: getattr(self.record, name) for name in ("number", "title", "language")}

    def act(self, form: Any) -> Any:
        return revise_document(self.record, actor=self.reader, **form.values())

    def next_address(self, record: Any) -> str:
        return owner_address(record)

    def cancel_address(self) -> str:
        return owner_address(self.record)


class DocumentRetire(VerbView):
    """Take a document out of use."""

    model = Document
    verb = "core.retire_document"
    reason_required = True
    text = _("The document stays for the record, but is no longer in force.")

    def next_address(self, result: Any) -> str:
        return owner_address(self.record)

    def context(self) -> dict[str, Any]:
        back = owner_address(self.record)
        return super().context() | {"cancel_address": back, "breadcrumb": [(str(self.record.record), back)]}
