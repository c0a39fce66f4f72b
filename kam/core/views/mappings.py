"""How a foreign file is read: which column of ours each of its columns holds, said on a page and kept under a name."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kam.core.excel import Rules
from kam.core.excel_layout import proposed
from kam.core.file_filters import ImportMappingFilter
from kam.core.forms import Form
from kam.core.import_kinds import import_kind
from kam.core.imports import Import, ImportMapping, edit_mapping
from kam.core.imports.mappings import DATES, DECIMALS, DELIMITERS, ENCODINGS
from kam.core.tables import Column
from kam.core.views.form import FormPage
from kam.core.views.list import ListPage
from kam.core.views.record import Fact, RecordPage, VerbButton
from kam.core.views.verb import VerbView

#: What decides which headers there are: when it is said anew, what the columns hold is found anew.
OF_THE_TABLE = ("sheet", "header_row", "encoding", "delimiter")
HOW = (*OF_THE_TABLE, "decimal", "dates", "lines_key", "heads_key")
STANDS_FOR = "="


class MapForm(Form):
    """Each column of the file with what it holds, how its cells are written, and the name under which this is kept."""

    sheet = forms.ChoiceField(label=_("Sheet"), required=False)
    header_row = forms.IntegerField(label=_("Row of the headers"), min_value=1, max_value=1000, required=False)
    encoding = forms.ChoiceField(label=_("Encoding"), choices=ENCODINGS, required=False)
    delimiter = forms.ChoiceField(label=_("Cells are parted by"), choices=DELIMITERS, required=False)
    decimal = forms.ChoiceField(label=_("Numbers are written"), choices=DECIMALS, required=False)
    dates = forms.ChoiceField(label=_("Dates are written"), choices=[("", _("to be chosen")), *DATES], required=False)
    lines_key = forms.ChoiceField(label=_("Number of the document in the file of lines"), required=False)
    heads_key = forms.ChoiceField(label=_("The same number in the second file"), required=False)
    name = forms.CharField(
        label=_("Keep under the name"),
        max_length=80,
        required=False,
        help_text=_("The next file with these columns is then read at once. A mapping of the same name is replaced."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind, self.found, self.said = import_kind(self.record.kind), self.record.found, Rules.of(self.record.rules)
        self.headers: list[str] = list(self.found.get("headers", []))
        for name in HOW:
            self.initial.setdefault(name, self.found.get(name) or getattr(self.said, name) or None)
        self._offer()
        self._declare()

    def _offer(self) -> None:
        """The choices that depend on the file; what it does not have is not asked."""
        sheets, heads = self.found.get("sheets", []), self.found.get("heads", [])
        lines = self.headers[: len(self.headers) - len(heads)]
        unasked = set()
        for name, offered in (("sheet", sheets), ("lines_key", lines), ("heads_key", heads)):
            field: Any = self.fields[name]
            field.choices = [("", "–"), *((header, header) for header in offered if header)]
        if len(sheets) < 2:
            unasked.add("sheet")
        if not heads:
            unasked |= {"lines_key", "heads_key"}
        if not self.found.get("delimiter"):
            unasked |= {"encoding", "delimiter"}
        for name in ("encoding", "delimiter"):
            field, value = self.fields[name], self.found.get(name, "")
            if value and value not in dict(field.choices):
                field.choices = [(value, value), *field.choices]
        for name in unasked:
            del self.fields[name]

    def _declare(self) -> None:
        """A field for each column of the file, and for each of ours that it may not have."""
        offered = [
            ("", _("not read")),
            *((one.key, f"{one.label} *" if one.required else one.label) for one in self.kind.columns),
        ]
        chosen = self.found.get("columns", {})
        if not self.said.columns:
            chosen = proposed(self.headers, self.kind.columns, chosen)
        for place, header in enumerate(self.headers):
            if not header:
                continue
            key = chosen.get(header, "")
            self._add(f"column_{place}", forms.ChoiceField(label=header, choices=offered, required=False), key)
            texts = forms.CharField(
                label=_("Texts of “%(header)s” and what they stand for") % {"header": header},
                required=False,
                max_length=200_000,
                widget=forms.Textarea({"rows": 3, "placeholder": "Germany = DE"}),
            )
            meant = self.said.values.get(key, {})
            self._add(f"texts_{place}", texts, "\n".join(f"{text} {STANDS_FOR} {value}" for text, value in meant.items()))
        for one in self.kind.columns:
            field: forms.Field = forms.CharField(label=one.label, required=False, max_length=400)
            if one.kind == "choice":
                field = forms.ChoiceField(label=one.label, required=False, choices=[("", ""), *one.values])
            self._add(f"constant_{one.key}", field, self.said.constants.get(one.key, ""))

    def _add(self, name: str, field: forms.Field, initial: Any) -> None:
        self.initial[name] = initial
        self.add(name, field)

    def how_fields(self) -> list[Any]:
        """How the file is written."""
        return [self[name] for name in HOW if name in self.fields]

    def column_rows(self) -> Iterator[dict[str, Any]]:
        """A line for each column of the file: its header, the first cells, what it holds, what its texts stand for."""
        sample = self.found.get("sample", [])
        for place, header in enumerate(self.headers):
            if header:
                cells = [row[place] for row in sample if place < len(row) and row[place] not in ("", None)]
                column, texts = self[f"column_{place}"], self[f"texts_{place}"]
                yield {"header": header, "cells": list(dict.fromkeys(cells))[:3], "column": column, "texts": texts}

    def constant_fields(self) -> list[Any]:
        """What stands in every row."""
        return [self[f"constant_{column.key}"] for column in self.kind.columns]

    def clean(self) -> dict[str, Any]:
        """Texts and what they stand for are written a line each."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        for place in range(len(self.headers)):
            name = f"texts_{place}"
            for line in (values.get(name) or "").splitlines():
                if line.strip() and STANDS_FOR not in line:
                    self.add_error(name, _("Write a line for each text, as in: Germany = DE"))
                    break
        return values

    def values(self) -> dict[str, Any]:
        """The rules and the name, for the action."""
        typed = super().values()
        how = {name: typed.get(name) or Rules().__dict__[name] for name in HOW}
        rules = Rules(**{name: how[name] for name in ("decimal", "dates", "lines_key", "heads_key")})
        for name in OF_THE_TABLE:
            # What was found is found again in the next file; only what a person says otherwise is kept.
            if how[name] and (how[name] != self.found.get(name) or getattr(self.said, name) or None):
                setattr(rules, name, how[name])
        if not any(how[name] and how[name] != self.found.get(name) for name in OF_THE_TABLE):
            self._say_columns(rules, typed)
        said = {"rules": rules, "name": typed["name"]}
        return said | ({"version": typed["version"]} if typed.get("version") is not None else {})

    def _say_columns(self, rules: Rules, typed: dict[str, Any]) -> None:
        for place, header in enumerate(self.headers):
            key = typed.get(f"column_{place}")
            if key:
                rules.columns[header] = key
                meant = dict(_meant(line) for line in typed[f"texts_{place}"].splitlines() if line.strip())
                if meant:
                    rules.values[key] = meant
        mapped = set(rules.columns.values())
        rules.constants = {
            column.key: typed[f"constant_{column.key}"]
            for column in self.kind.columns
            if typed[f"constant_{column.key}"] and column.key not in mapped
        }


def _meant(line: str) -> tuple[str, str]:
    text, _equals, value = line.rpartition(STANDS_FOR)
    return text.strip(), value.strip()


class ImportMap(VerbView):
    """Say what the columns of a file hold; KAM reads it again and shows what would happen."""

    model = Import
    verb = "core.map_import"
    title = _("Columns of the file")
    form_class = MapForm
    template_name = "core/import_map.html"
    success = _("The file is being read.")


class MappingList(ListPage):
    """The mappings of the kinds that the reader may import."""

    model = ImportMapping
    title = _("Mappings")
    icon = "columns-3"
    filterset_class = ImportMappingFilter
    default_order = ("kind", "name", "pk")
    columns = (
        Column("name", _("Name"), link=True, sort="name"),
        Column("kind", _("Contains"), value="kind_label"),
        Column("headers", _("Columns of the file"), value=lambda row: len(row.headers), kind="number"),
        Column("updated_at", _("Changed"), kind="moment", sort="updated_at"),
    )
    exportable = False
    empty_title = _("No mapping yet")
    empty_text = _("Upload a file of another program, say once what its columns hold, and keep that under a name.")


class MappingPage(RecordPage):
    """A mapping: how the files of one source are read."""

    model = ImportMapping
    list_url = "core:mapping_list"
    icon = "columns-3"
    edit_url = "core:mapping_edit"
    edit_verb = "core.edit_mapping"
    number_field = "kind_label"
    template_name = "core/mapping.html"
    buttons = (VerbButton("core.delete_mapping", "core:mapping_delete", "trash-2", page=True),)

    def facts(self) -> list[Fact]:
        """How its files are written, where that was said."""
        rules = Rules.of(self.record.rules)
        said = (
            (_("Numbers are written"), dict(DECIMALS).get(rules.decimal)),
            (_("Dates are written"), dict(DATES).get(rules.dates)),
            (_("Encoding"), dict(ENCODINGS).get(rules.encoding, rules.encoding)),
            (_("Cells are parted by"), dict(DELIMITERS).get(rules.delimiter, rules.delimiter)),
            (_("Sheet"), rules.sheet),
            (_("Number of the document in the file of lines"), rules.lines_key),
            (_("The same number in the second file"), rules.heads_key),
        )
        return [Fact(label, value) for label, value in said if value]

    def context(self) -> dict[str, Any]:
        rules = Rules.of(self.record.rules)
        labels = {column.key: column.label for column in import_kind(self.record.kind).columns}
        held = {header: key for header, key in rules.columns.items() if key}
        return super().context() | {
            "held": [(header, labels.get(key, key), sorted(rules.values.get(key, {}).items())) for header, key in held.items()],
            "constants": [(labels.get(key, key), text) for key, text in rules.constants.items()],
            "unread": [header for header in self.record.headers if header and header not in held],
        }


class MappingForm(Form):
    """The name of a mapping."""

    name = forms.CharField(label=_("Name"), max_length=80)


class MappingEdit(FormPage):
    """Give a mapping another name; what its columns hold is changed where a file of it is at hand."""

    model = ImportMapping
    form_class = MappingForm
    verb = "core.edit_mapping"
    title = _("Edit the mapping")

    def act(self, form: Any) -> Any:
        """Rename it."""
        return edit_mapping(self.record, actor=self.reader, **form.values())


class MappingDelete(VerbView):
    """Delete a mapping."""

    model = ImportMapping
    verb = "core.delete_mapping"
    dangerous = True
    text = _("Files with these columns are asked about again. What was imported stays.")
    success = _("The mapping is deleted.")
    form_class = Form

    def next_address(self, result: Any) -> str:
        """Back to the list."""
        return "/imports/mappings/"
