"""Parameters: every one with its default and the values in force, and setting one from a day on."""

import json
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kam.core import clock
from kam.core.forms import Form
from kam.core.parameters import DEFINITIONS, ParameterValue, scope_names, set_parameter
from kam.core.views.base import Page
from kam.core.views.form import FormPage


class ParameterList(Page):
    """Every parameter: its unit, its default, the general value and those of scopes, as they hold today."""

    model = ParameterValue
    title = _("Parameters")
    template_name = "core/parameters.html"

    def context(self) -> dict[str, Any]:
        values: dict[str, list[tuple[str, ParameterValue]]] = {}
        names = scope_names()
        for row in self.rows().filter(period__contains=clock.today()).order_by("key", "scope", "pk"):
            values.setdefault(row.key, []).append((names.get(row.scope, row.scope), row))
        definitions = [(one, values.get(one.key, [])) for one in sorted(DEFINITIONS.values(), key=lambda one: one.key)]
        return super().context() | {"definitions": definitions, "can_set": self.reader.may("core.set_parameter")}


class ParameterForm(Form):
    """A value from a day on, in general or for a scope."""

    key = forms.ChoiceField(label=_("Parameter"))
    value = forms.CharField(
        label=_("Value"), max_length=2000, help_text=_('A number, a text, or yes or no. Several as in ["quality", "service"].')
    )
    scope = forms.ChoiceField(label=_("Holds for"), required=False)
    valid_from = forms.DateField(label=_("Valid from"), required=False, help_text=_("Empty: from today."))
    reason = forms.CharField(label=_("Reason"), max_length=2000, required=False, widget=forms.Textarea)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(one.key, f"{one.label} ({one.unit_name})" if one.unit else str(one.label)) for one in DEFINITIONS.values()]
        self.fields["key"].choices = sorted(choices, key=lambda one: one[1])  # type: ignore[attr-defined]
        self.fields["scope"].choices = list(scope_names().items())  # type: ignore[attr-defined]


class ParameterSet(FormPage):
    """Give a parameter a value."""

    model = ParameterValue
    title = _("Set parameter")
    form_class = ParameterForm
    verb = "core.set_parameter"
    creates = True
    cancel_url = "/parameters/"
    submit_label = _("Save")

    def act(self, form: Any) -> Any:
        """Set it; what was typed is read in the type of the default."""
        values = form.values()
        values.pop("version", None)
        default = DEFINITIONS[values["key"]].default
        if isinstance(default, bool | list):
            values["value"] = _as_written(values["value"])
        else:
            values["value"] = values["value"].strip().replace(",", ".") if not isinstance(default, str) else values["value"]
        return set_parameter(ParameterValue, actor=self.reader, **values)

    def next_address(self, record: Any) -> str:
        """Back to the list."""
        return "/parameters/"


def _as_written(text: str) -> Any:
    """A yes or no, or a list, as a person or a program writes it."""
    words = {"yes": True, "no": False, str(_("yes")): True, str(_("no")): False}
    if text.strip().lower() in words:
        return words[text.strip().lower()]
    try:
        return json.loads(text)
    except ValueError:
        return text
