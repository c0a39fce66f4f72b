"""Imports on the screen: choose a file, look at what it would do, confirm, see the result; the worker does the work."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from kam.core.badges import Badge
from kam.core.file_filters import ImportFilter
from kam.core.formats import day, number
from kam.core.forms import Form, ReasonForm
from kam.core.import_kinds import import_kind, kinds_for
from kam.core.imports import FLOW, Import, ImportMapping, done_before, upload_import
from kam.core.imports.mappings import DATES, DECIMALS, DELIMITERS, ENCODINGS
from kam.core.jobs import start_job
from kam.core.tables import Column
from kam.core.views.base import Signed
from kam.core.views.form import FormPage
from kam.core.views.list import ListPage
from kam.core.views.record import Fact, RecordPage, VerbButton
from kam.core.views.verb import VerbView
from kam.core.workflow import Denied, not_permitted

TONES = {
    "uploaded": "wait",
    "mapping": "wait",
    "previewed": "wait",
    "applying": "wait",
    "applied": "ok",
    "failed": "no",
    "cancelled": "closed",
    "undoing": "wait",
    "undone": "closed",
}
SHOWN = 100
NUMERIC = {"integer", "decimal"}
STEPS = {
    "uploaded": {"core.confirm_import", "core.cancel_import"},
    "mapping": {"core.map_import", "core.cancel_import"},
    "previewed": {"core.map_import", "core.confirm_import", "core.cancel_import"},
    "failed": {"core.map_import"},
    "applied": {"core.undo_import"},
}


def state_badge(record: Import) -> Badge:
    """The state of an import as icon, word and tint."""
    return Badge(record.get_state_display(), TONES[record.state])


def why_not_confirm(record: Import) -> Denied | None:
    """Why an import cannot be carried out now."""
    return FLOW.why_not(record, "core.confirm_import")


def why_not_map(record: Import) -> Denied | None:
    """Why the columns of an import cannot be named now."""
    return FLOW.why_not(record, "core.map_import")


def why_not_cancel(record: Import) -> Denied | None:
    """Why an import cannot be cancelled now."""
    return FLOW.why_not(record, "core.cancel_import")


def why_not_undo(record: Import) -> Denied | None:
    """Why an import cannot be taken back now."""
    return FLOW.why_not(record, "core.undo_import")


def _in_words(column: Any, name: str, before: str, after: str) -> tuple[Any, str, str]:
    """A change as its reader reads it: the column's label, and choices by their labels."""
    if column is None:
        return name, before, after
    labels = {str(value): str(label) for value, label in column.values}
    return column.label, labels.get(before, before), labels.get(after, after)


def _as_written(column: Any, value: Any) -> str:
    """A value that was read, as its reader writes it."""
    if value in ("", None):
        return ""
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if column.kind == "date":
        return day(date.fromisoformat(value))
    if column.kind in NUMERIC:
        return number(Decimal(value), None)
    return str(dict(column.values).get(value, value))


class ImportList(ListPage):
    """My imports."""

    model = Import
    title = _("Imports")
    icon = "upload"
    filterset_class = ImportFilter
    default_order = ("-created_at", "-pk")
    create_url = "core:import_create"
    create_verb = "core.upload_import"
    create_label = _("Import a file")
    template_name = "core/import_list.html"
    exportable = False
    empty_text = _(
        "Import customers, products and more from Excel or CSV. Nothing is written before you have seen what will happen."
    )
    columns = (
        Column("original_name", _("File"), link=True, sort="original_name"),
        Column("kind", _("Contains"), value="kind_label"),
        Column("state", _("State"), value=state_badge, kind="status", sort="state"),
        Column("created_at", _("Uploaded"), kind="moment", sort="created_at"),
        Column("create", _("New"), value=lambda row: row.counts.get("create"), kind="number"),
        Column("update", _("Changed"), value=lambda row: row.counts.get("update"), kind="number"),
        Column("errors", _("Errors"), value=lambda row: row.counts.get("errors"), kind="number"),
    )

    def rows(self) -> Any:
        return super().rows().defer("errors", "preview", "found")


class UploadForm(Form):
    """A file, what it contains, and how it is read where that is not found in it."""

    kind = forms.ChoiceField(label=_("The file contains"), choices=[])
    file = forms.FileField(label=_("File"), help_text=_("Excel (.xlsx, .xls), OpenDocument (.ods) or CSV, at most 50 MB."))
    second = forms.FileField(
        label=_("Second file"),
        required=False,
        help_text=_(
            "Only where the first one holds lines without what their documents say; lines and documents are joined by number."
        ),
    )
    mapping = forms.ModelChoiceField(
        label=_("Mapping"),
        queryset=ImportMapping.objects.all(),
        required=False,
        help_text=_("Empty: KAM knows files by their columns, or asks what they hold."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kinds = kinds_for(self.reader)
        choices: Any = self.fields["kind"]
        choices.choices = [(kind.code, kind.label) for kind in self.kinds]


class ImportCreate(FormPage):
    """Upload a file."""

    model = Import
    form_class = UploadForm
    verb = "core.upload_import"
    creates = True
    title = _("Import a file")
    submit_label = _("Upload and check")
    success = _("The file is being read.")
    template_name = "core/import_new.html"
    cancel_url = "/imports/"

    def act(self, form: Any) -> Import:
        values = form.values()
        values.pop("version", None)
        record: Import = upload_import(Import, actor=self.reader, **values)
        return record


class ImportSheet(Signed):
    """The workbook of an import kind, empty or with the rows that are in KAM: written by the worker."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, kind: str) -> HttpResponse:
        """Start the job and go to where its progress is seen."""
        chosen = import_kind(kind)
        if not self.reader.may(chosen.verb):
            raise not_permitted()
        params = {"kind": chosen.code, "rows": request.POST.get("rows") == "1"}
        job = start_job("core.write_sheet", actor=self.reader, params=params, verb=chosen.verb)
        return self.done(job.get_absolute_url(), _("The sheet is being written."))


class ImportDetail(RecordPage):
    """One import: progress, what it would do, its errors, its result; while the worker is at it the page renews itself."""

    model = Import
    template_name = "core/import.html"
    list_url = "core:import_list"
    icon = "upload"
    buttons = (
        VerbButton("core.map_import", "core:import_map", "columns-3", _("Columns"), page=True, why_not=why_not_map),
        VerbButton("core.confirm_import", "core:import_confirm", "check", _("Import"), primary=True, why_not=why_not_confirm),
        VerbButton("core.cancel_import", "core:import_cancel", "x", _("Cancel"), why_not=why_not_cancel),
        VerbButton("core.undo_import", "core:import_undo", "undo-2", _("Take back"), page=True, why_not=why_not_undo),
    )

    def rows(self) -> Any:
        return super().rows().select_related("job", "mapping")

    def badges(self) -> list[Badge]:
        return [state_badge(self.record)]

    def meta(self) -> list[Any]:
        return [self.record.kind_label]

    def steps(self) -> list[Any]:
        """The steps that this state has: naming columns, confirming and giving up before it is carried out, taking back after."""
        wanted = STEPS.get(self.record.state, set())
        steps = [step for step in super().steps() if step.button.verb in wanted]
        if self.record.state == Import.State.MAPPING:
            steps = [replace(step, button=replace(step.button, primary=step.button.verb == "core.map_import")) for step in steps]
        return steps

    def facts(self) -> list[Fact]:
        """What was found out about the file, and by which mapping it is read."""
        record, found = self.record, self.record.found
        if not found:
            return []
        facts = [
            (_("Mapping"), record.mapping, record.mapping.get_absolute_url() if record.mapping else ""),
            (_("Second file"), record.second_name, ""),
            (_("Sheet"), found.get("sheet") if len(found.get("sheets", [])) > 1 else "", ""),
            (_("Row of the headers"), found.get("header_row"), ""),
            (_("Encoding"), dict(ENCODINGS).get(found["encoding"], found["encoding"]), ""),
            (_("Cells are parted by"), dict(DELIMITERS).get(found["delimiter"], found["delimiter"]), ""),
            (_("Numbers are written"), dict(DECIMALS).get(found["decimal"]), ""),
            (_("Dates are written"), dict(DATES).get(found["dates"]), ""),
            (_("Documents are found by"), " = ".join(filter(None, (found["lines_key"], found["heads_key"]))), ""),
        ]
        return [Fact(label, value, address) for label, value, address in facts if value]

    def _as_read(self) -> dict[str, Any]:
        """The first rows as they would be read, only the columns that hold something."""
        rows = self.record.found.get("read", []) if self.record.state in {"mapping", "previewed"} else []
        filled = {key for row in rows for key, value in row["values"].items() if value != ""}
        columns = [column for column in import_kind(self.record.kind).columns if column.key in filled]
        return {
            "read_columns": columns,
            "read": [
                (
                    row["row"],
                    [(column.kind in NUMERIC, _as_written(column, row["values"].get(column.key, ""))) for column in columns],
                )
                for row in rows
            ],
        }

    def panels(self) -> list[Any]:
        return []

    def context(self) -> dict[str, Any]:
        record = self.record
        columns = {column.key: column for column in import_kind(record.kind).columns}
        return (
            super().context()
            | self._as_read()
            | {
                "busy": record.state in {"uploaded", "applying", "undoing"},
                "changes": [
                    change
                    | {"fields": [_in_words(columns.get(name), name, before, after) for name, before, after in change["fields"]]}
                    for change in record.preview[:SHOWN]
                ],
                "errors": record.errors[:SHOWN],
                "more_errors": max(0, record.counts.get("errors", 0) - SHOWN),
                "skipped": record.skipped[:SHOWN],
                "remarks": record.found.get("remarks", []),
                "before": done_before(record),
            }
        )

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        template = (
            f"{self.template_name}#body" if self.partial and self.request.htmx.target == "import-body" else self.template_name
        )
        context = self.context()
        response = render(request, template, context)
        if template != self.template_name and not context["busy"]:
            response["HX-Refresh"] = "true"
        return response


class ImportErrors(Signed):
    """The faults of an import as a workbook, written by the worker."""

    model = Import
    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Start the job and go to where its progress is seen."""
        record = self.record_or_404()
        job = start_job("core.write_import_errors", actor=self.reader, params={"import": record.pk})
        return self.done(job.get_absolute_url(), _("The list of errors is being written."))


class ImportRefused(Signed):
    """The rows of an import that have errors as a workbook to mend and bring back, written by the worker."""

    model = Import
    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Start the job and go to where its progress is seen."""
        record = self.record_or_404()
        job = start_job(
            "core.write_refused_rows", actor=self.reader, params={"import": record.pk}, verb=import_kind(record.kind).verb
        )
        return self.done(job.get_absolute_url(), _("The rows with errors are being written."))


class ConfirmForm(ReasonForm):
    """Whether rows with errors stop the import or stay out of it; asked only where there are any."""

    quarantine = forms.BooleanField(
        label=_("Import only the rows without errors"),
        required=False,
        help_text=_("The rows with errors stay out. Fetch them as an Excel file, mend them there and import it."),
    )
    field_order = ("quarantine", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.record.counts.get("errors"):
            del self.fields["quarantine"]


class ImportConfirm(VerbView):
    """Carry out what the preview shows."""

    model = Import
    verb = "core.confirm_import"
    form_class = ConfirmForm
    text = _("KAM writes exactly what the preview shows, whole or not at all.")
    success = _("The import is being carried out.")


class ImportUndo(VerbView):
    """Take back what an import wrote."""

    model = Import
    verb = "core.undo_import"
    reason = True
    dangerous = True
    text = _(
        "What this import made is removed and what it changed is as before, whole or not at all: where rows were changed since, KAM says how many and leaves everything as it is."
    )
    success = _("The import is being taken back.")


class ImportCancel(VerbView):
    """Give up an import."""

    model = Import
    verb = "core.cancel_import"
    success = _("Cancelled. Nothing was changed.")


def address_of(kind: str) -> str:
    """Where a file of a kind is imported, for the tools of a list."""
    return f"{reverse('core:import_create')}?kind={kind}"
