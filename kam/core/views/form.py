"""The page of a form: it makes or changes one record by one action, and keeps what was typed whatever happens."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from kam.core.views.base import Page, list_crumb, refusals_of
from kam.core.workflow import Denied

CONFLICTS = frozenset({"changed_meanwhile"})


class FormPage(Page):
    """Make (`creates = True`) or change a record: name `model`, `form_class`, `verb`, and say in `act` which action runs.

    A refusal stands at its field (`Denied.field`) or above the form. When somebody else saved meanwhile, the page shows
    both values field by field, and saving again is a choice.
    """

    form_class: Any = None
    verb = ""
    creates = False
    template_name = "components/form_page.html"
    submit_label: Any = ""
    success: Any = ""
    cancel_url = ""

    @cached_property
    def record(self) -> Any:
        """The record that is changed; None where one is made."""
        return None if self.creates else self.record_or_404()

    def initial(self) -> dict[str, Any]:
        """What the form shows at first; where a record is made, the parameters of the address fill its fields."""
        if self.record is None:
            return {name: value for name, value in self.request.GET.items() if name in self.form_class.base_fields}
        return {name: self.value_of(name) for name in self.form_class.base_fields if hasattr(self.record, name)}

    def value_of(self, name: str) -> Any:
        """The record's present value of one field, as the form holds it (a relation by its row)."""
        return getattr(self.record, name)

    def form(self, data: Any = None, files: Any = None) -> Any:
        """The form for this reader; `reader` scopes its choices."""
        initial = self.initial()
        if self.record is not None and hasattr(self.record, "version"):
            initial["version"] = self.record.version
        return self.form_class(data, files, initial=initial, reader=self.reader, record=self.record)

    def act(self, form: Any) -> Any:
        """Call the action with the form's values and answer with the record; write it in a subclass."""
        raise NotImplementedError

    def next_address(self, record: Any) -> str:
        """Where the reader goes after saving."""
        return record.get_absolute_url()

    def cancel_address(self) -> str:
        """Where the reader goes without saving."""
        if self.record is not None and hasattr(self.record, "get_absolute_url"):
            return self.record.get_absolute_url()
        return self.cancel_url or "/"

    def crumbs(self) -> list[tuple[Any, str]]:
        if self.breadcrumb:
            return list(self.breadcrumb)
        if self.record is not None and hasattr(self.record, "get_absolute_url"):
            return [(str(self.record), self.record.get_absolute_url())]
        return [list_crumb(self.cancel_url)] if self.cancel_url else []

    def check_right(self) -> None:
        """Refuse who has not the verb before a form is even shown."""
        if self.verb:
            self.require(self.verb, self.record)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.check_right()
        return self.shown(self.form())

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.check_right()
        form = self.form(request.POST, request.FILES)
        if not form.is_valid():
            return self.shown(form, status=422)
        try:
            record = self.act(form)
        except Denied as denied:
            conflict = denied.code in CONFLICTS
            place_refusals(form, denied)
            return self.shown(form, status=409 if conflict else 422, conflict=differences(self, form) if conflict else None)
        return self.done(self.next_address(record), self.success or _("Saved."))

    def shown(self, form: Any, status: int = 200, conflict: Any = None) -> HttpResponse:
        """The page with this form."""
        return render(self.request, self.template_name, self.context() | {"form": form, "conflict": conflict}, status=status)

    def context(self) -> dict[str, Any]:
        return super().context() | {
            "record": self.record,
            "submit_label": self.submit_label or (_("Create") if self.creates else _("Save")),
            "cancel_address": self.cancel_address(),
        }


def place_refusals(form: Any, denied: Denied) -> None:
    """Put each refusal at its field, or above the form where it names none."""
    for one in refusals_of(denied):
        form.add_error(one.field if one.field in form.fields and one.field != "version" else None, str(one))


def differences(page: Any, form: Any) -> list[dict[str, Any]]:
    """Field by field what is stored now and what was typed, where they differ; the form then holds the new version."""
    page.__dict__.pop("record", None)
    fresh = page.form()
    found = []
    for name, typed in form.cleaned_data.items():
        if name == "version" or name not in fresh.fields or name not in fresh.initial:
            continue
        stored = fresh.initial[name]
        if _comparable(stored) != _comparable(typed):
            field = fresh.fields[name]
            found.append({"label": field.label or name, "stored": _in_words(field, stored), "typed": _in_words(field, typed)})
    form.data = form.data.copy()
    form.data[form.add_prefix("version")] = str(fresh.initial.get("version", ""))
    return found


def _comparable(value: Any) -> Any:
    if isinstance(value, list | tuple | QuerySet):
        return sorted(map(str, map(_comparable, value)))
    return "" if value is None else getattr(value, "pk", value)


def _in_words(field: Any, value: Any) -> Any:
    """A value as the page shows it: yes or no, the label of a choice, several one after the other."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list | tuple | QuerySet):
        return ", ".join(str(_in_words(field, one)) for one in value)
    if isinstance(field, forms.ChoiceField) and not hasattr(field, "queryset"):
        labels: dict[Any, Any] = dict(field.choices)  # type: ignore[arg-type]
        return labels.get(value, value)
    return value
