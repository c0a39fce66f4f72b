"""Forms of people: a profile, and a person as the administrator edits them."""

import zoneinfo
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from kam.core.forms import Form


def time_zones() -> list[tuple[str, str]]:
    """The time zones of the world that are named by a city."""
    areas = ("Africa/", "America/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/")
    return [(name, name.replace("_", " ")) for name in sorted(zoneinfo.available_timezones()) if name.startswith(areas)]


class ProfileForm(Form):
    """One's own name, phone, language and time zone."""

    first_name = forms.CharField(label=_("First name"), max_length=80)
    last_name = forms.CharField(label=_("Last name"), max_length=80)
    phone = forms.CharField(label=_("Phone"), max_length=40, required=False)
    language = forms.ChoiceField(label=_("Language"), choices=list(User._meta.get_field("language").flatchoices))
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=time_zones)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["time_zone"].widget.attrs["data-choice"] = ""


class UserForm(ProfileForm):
    """A person as an administrator makes and edits them; roles are granted apart."""

    email = forms.EmailField(label=_("E-mail"), max_length=254, help_text=_("The log-in name."))
    field_order = ["email"]
