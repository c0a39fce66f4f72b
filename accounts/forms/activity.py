"""Forms of activities and promises: they parse and offer the reader's own rows, an action decides."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Activity, Contact, Promise, User
from kam.core import clock
from kam.core.forms import FieldsForm, Form


class Photos(forms.FileField):
    """Several pictures, each checked like a single file."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=PhotosInput({"accept": "image/*", "class": "form-control"}), **options)

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """Every picture, or the first refusal."""
        return [super(Photos, self).clean(one, initial) for one in data or []]


class PhotosInput(forms.FileInput):
    """An input that takes several files."""

    allow_multiple_selected = True


class ActivityForm(FieldsForm):
    """A visit, call, mail, note or task; on a phone the fields that matter stand first, the rest unfolds."""

    folded = ("ends_at", "participants", "place", "private")
    subject = forms.CharField(
        label=_("Subject"), max_length=200, required=False, help_text=_("Empty: the first line of what happened.")
    )
    photos = Photos(label=_("Photos"), required=False)
    signals = forms.MultipleChoiceField(
        label=_("Signals"), choices=Activity.Signal.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    participants = forms.ModelMultipleChoiceField(
        User.objects.filter(is_active=True), label=_("Colleagues present"), required=False
    )
    contacts = forms.ModelMultipleChoiceField(Contact.objects.filter(is_active=True), label=_("Present"), required=False)
    client_key = forms.UUIDField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Activity
        fields = [
            "plant",
            "customer",
            "starts_at",
            "kind",
            "subject",
            "contacts",
            "text",
            "signals",
            "next_step",
            "next_step_on",
            "ends_at",
            "participants",
            "place",
            "private",
        ]
        widgets = {"text": forms.Textarea({"rows": 5})}

    def __init__(self, *args: Any, record: Any = None, **kwargs: Any) -> None:
        if record is not None:
            own = {"contacts": record.contacts.all(), "participants": record.participants.all()}
            kwargs["initial"] = own | (kwargs.get("initial") or {})
        super().__init__(*args, record=record, **kwargs)
        self.fields["plant"].label = _("Customer plant")
        if record is not None:
            del self.fields["photos"]

    def clean(self) -> dict[str, Any]:
        """Without a subject the first line of the text is one."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        lines = values.get("text", "").strip().splitlines()
        values["subject"] = values.get("subject") or (lines[0][:120] if lines else "")
        if not values["subject"]:
            self.add_error("subject", _("Say what it is about, or what happened."))
        return values

    def main_fields(self) -> list[Any]:
        """What is always seen."""
        return [field for field in self.visible_fields() if field.name not in {*self.folded, "photos"}]

    def folded_fields(self) -> list[Any]:
        """What unfolds."""
        return [field for field in self.visible_fields() if field.name in self.folded]

    def folded_filled(self) -> bool:
        """Whether something that unfolds is filled or refused."""
        return any(field.errors or field.value() for field in self.folded_fields())


class CompleteForm(Form):
    """What happened, when a planned activity is reported as done."""

    text = forms.CharField(label=_("What happened"), max_length=20000, required=False, widget=forms.Textarea({"rows": 6}))


class PromiseForm(FieldsForm):
    """Who promised what to whom by when; a later day wants a reason."""

    reason = forms.CharField(label=_("Reason, where the day moves"), max_length=400, required=False)

    class Meta:
        model = Promise
        fields = ["side", "customer", "plant", "what", "due_on", "made_on", "owner", "contact"]


class SettleForm(Form):
    """How a promise ended, and on which day."""

    outcome = forms.CharField(label=_("Outcome"), max_length=300, required=False)
    settled_on = forms.DateField(label=_("On"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["settled_on"].initial = clock.today
