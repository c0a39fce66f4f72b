"""Forms of activities and promises: they parse and offer the reader's own rows, an action decides."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Activity, Contact, Promise, User
from kam.core import clock
from kam.core.forms import Form, ModelForm


class ActivityForm(ModelForm):
    """A visit, call, mail, note or task; on a phone the two fields that matter stand first."""

    signals = forms.MultipleChoiceField(
        label=_("Signals"), choices=Activity.Signal.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    participants = forms.ModelMultipleChoiceField(User.objects.filter(is_active=True), label=_("Colleagues present"), required=False)
    contacts = forms.ModelMultipleChoiceField(Contact.objects.filter(is_active=True), label=_("Present"), required=False)
    client_key = forms.UUIDField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Activity
        fields = [
            "kind",
            "customer",
            "plant",
            "subject",
            "starts_at",
            "ends_at",
            "text",
            "contacts",
            "participants",
            "signals",
            "next_step",
            "next_step_on",
            "place",
            "private",
        ]
        widgets = {"text": forms.Textarea({"rows": 6})}

    def __init__(self, *args: Any, record: Any = None, **kwargs: Any) -> None:
        if record is not None:
            own = {"contacts": record.contacts.all(), "participants": record.participants.all()}
            kwargs["initial"] = own | (kwargs.get("initial") or {})
        super().__init__(*args, record=record, **kwargs)


class CompleteForm(Form):
    """What happened, when a planned activity is reported as done."""

    text = forms.CharField(label=_("What happened"), max_length=20000, required=False, widget=forms.Textarea({"rows": 6}))


class PromiseForm(ModelForm):
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

