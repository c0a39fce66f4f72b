"""Forms of the disciplines of an 8D: the tables of problem and containment place by place, team, causes, actions, prevention."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from complaints.forms.process import text_field
from complaints.models import Cause, ComplaintAction, Containment, ProblemFact, TeamMember
from kam.core.forms import FieldsForm, Form


class TeamForm(Form):
    """Who is in the team."""

    champion = forms.ModelChoiceField(label=_("Champion"), queryset=User.objects.filter(is_active=True), required=False)
    members = forms.ModelMultipleChoiceField(label=_("Members"), queryset=User.objects.filter(is_active=True), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        team = list(self.record.team.select_related("person"))
        self.initial.setdefault("champion", next((one.person for one in team if one.part == TeamMember.Part.CHAMPION), None))
        self.initial.setdefault("members", [one.person for one in team if one.part == TeamMember.Part.MEMBER])

    def values(self) -> dict[str, Any]:
        """The members as a list."""
        values = super().values()
        return values | {"members": list(values["members"])}


class TableForm(Form):
    """A table with a line for each choice: fields `<line>_<column>`; `lines` groups them for the page."""

    model: Any = None
    key = ""
    related = ""
    choices: Any = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = {getattr(one, self.key): one for one in getattr(self.record, self.related).all()}
        self.columns = list(self.made())
        for value, label in self.choices:
            for name, field in self.made().items():
                field.label = f"{label}: {field.label}"
                key = f"{value}_{name}"
                if value in known:
                    self.initial.setdefault(key, getattr(known[value], name))
                self.add(key, field)

    def made(self) -> dict[str, forms.Field]:
        """The fields of one line."""
        raise NotImplementedError

    def column_heads(self) -> list[Any]:
        """The heads of the columns."""
        return [field.label for field in self.made().values()]

    def lines(self) -> list[tuple[Any, list[Any]]]:
        """The label of each line and its fields."""
        return [(label, [self[f"{value}_{name}"] for name in self.columns]) for value, label in self.choices]

    def table(self) -> list[dict[str, Any]]:
        """The lines as rows for the action."""
        return [
            {self.key: value} | {name: self.cleaned_data[f"{value}_{name}"] for name in self.columns}
            for value, _label in self.choices
        ]


class ProblemForm(TableForm):
    """What it is and is not."""

    model, key, related, choices = ProblemFact, "question", "problem", ProblemFact.Question.choices

    def made(self) -> dict[str, forms.Field]:
        return {
            "occurs": forms.CharField(label=_("Is"), max_length=1000, required=False),
            "absent": forms.CharField(label=_("Is not"), max_length=1000, required=False),
            "difference": forms.CharField(label=_("Difference"), max_length=1000, required=False),
        }

    def values(self) -> dict[str, Any]:
        """The questions that are answered."""
        version = {"version": self.cleaned_data["version"]} if self.cleaned_data.get("version") is not None else {}
        return version | {"facts": [row for row in self.table() if row["occurs"] or row["absent"] or row["difference"]]}


class ContainmentForm(TableForm):
    """How many pieces are where, and what is done with them; blank is not zero."""

    model, key, related, choices = Containment, "place", "containment", Containment.Place.choices
    people = User.objects.filter(is_active=True)

    def made(self) -> dict[str, forms.Field]:
        return {
            "quantity": forms.DecimalField(label=_("Quantity"), max_digits=14, decimal_places=3, required=False),
            "action": forms.CharField(label=_("Action"), max_length=1000, required=False),
            "responsible": forms.ModelChoiceField(label=_("Responsible"), queryset=self.people, required=False),
            "introduced_on": forms.DateField(label=_("Introduced on"), required=False),
            "effective_from": forms.DateField(label=_("Effective from"), required=False),
            "result": forms.CharField(label=_("Result"), max_length=1000, required=False),
        }

    def values(self) -> dict[str, Any]:
        """The table as it is."""
        version = {"version": self.cleaned_data["version"]} if self.cleaned_data.get("version") is not None else {}
        return version | {"places": self.table()}


class PreventionForm(Form):
    """What was changed so that it comes back nowhere."""

    papers = text_field(_("FMEA, control plan, instructions"), help_text=_("Which were changed to which revision, or why none."))
    similar = text_field(_("Similar products and locations"), help_text=_("Which were looked at and what was done there."))
    lessons = text_field(_("Lessons learned"))


class CauseForm(FieldsForm):
    """A cause, below another one where it answers its why."""

    parent = forms.ModelChoiceField(label=_("Why of"), queryset=Cause.objects.all(), required=False)

    class Meta:
        model = Cause
        fields = ["kind", "category", "text", "parent", "root", "verification"]

    about: Any = None

    def choices_of(self, name: str, rows: Any) -> Any:
        """Causes of the same complaint."""
        rows = super().choices_of(name, rows)
        return rows.filter(complaint=self.about) if name == "parent" else rows


class ActionForm(FieldsForm):
    """What is done against which cause, by whom, by when."""

    owner = forms.ModelChoiceField(label=_("Responsible"), queryset=User.objects.filter(is_active=True))
    cause = forms.ModelChoiceField(label=_("Cause"), queryset=Cause.objects.all(), required=False)

    class Meta:
        model = ComplaintAction
        fields = ["discipline", "text", "cause", "owner", "due_on"]

    about: Any = None

    def choices_of(self, name: str, rows: Any) -> Any:
        """Causes of the same complaint."""
        rows = super().choices_of(name, rows)
        return rows.filter(complaint=self.about) if name == "cause" else rows


class ProofForm(Form):
    """By what it is seen that it was done."""

    proof = text_field(_("Proof"), 1000, help_text=_("Document, batch or measurement by which it is seen."))
