"""Pages of seasonality profiles: the list, one, and what is done to it."""

from typing import Any

from django.utils.dates import MONTHS
from django.utils.translation import gettext_lazy as _

from budgets.actions import create_profile, edit_profile
from budgets.filters import SeasonalityProfileFilter
from budgets.forms.budgets import ProfileEditForm, ProfileForm
from budgets.models import SeasonalityProfile
from budgets.models.profiles import WEIGHTS
from kam.core import formats
from kam.core.tables import Column
from kam.core.views import Fact, FormPage, ListPage, RecordPage, VerbView
from kam.core.views.record import VerbButton


class ProfileList(ListPage):
    """How the year of families and customers falls on the months."""

    model = SeasonalityProfile
    title = _("Seasonality profiles")
    icon = "chart-column"
    breadcrumb = ((_("Budgets"), "/budgets/"),)
    filterset_class = SeasonalityProfileFilter
    default_order = ("pk",)
    create_url = "budgets:profile_create"
    create_verb = "budgets.create_profile"
    create_label = _("New seasonality profile")
    empty_title = _("No seasonality profiles yet")
    empty_text = _("Without one a year is spread equally or in the shape that a line has.")
    columns = (
        Column("of", _("Of"), value=lambda row: row.customer or row.family, link=True),
        *(Column(column, MONTHS[month], kind="percent", decimals=2, sort=column) for month, column in enumerate(WEIGHTS, 1)),
    )


class ProfilePage(RecordPage):
    """A profile with its twelve weights."""

    model = SeasonalityProfile
    list_url = "budgets:profile_list"
    edit_url = "budgets:profile_edit"
    edit_verb = "budgets.edit_profile"
    buttons = (VerbButton("budgets.remove_profile", "budgets:profile_remove", "trash-2", page=True),)

    def facts(self) -> list[Fact]:
        return [
            Fact(MONTHS[month], f"{formats.number(weight, 2, most=4)} %") for month, weight in enumerate(self.record.weights, 1)
        ]


class ProfileCreate(FormPage):
    """Make a profile."""

    model = SeasonalityProfile
    form_class = ProfileForm
    verb = "budgets.create_profile"
    creates = True
    title = _("New seasonality profile")
    cancel_url = "/budgets/profiles/"

    def act(self, form: Any) -> Any:
        values = form.values()
        values.pop("version", None)
        return create_profile(SeasonalityProfile, actor=self.reader, **values)


class ProfileEdit(FormPage):
    """Change a profile."""

    model = SeasonalityProfile
    form_class = ProfileEditForm
    verb = "budgets.edit_profile"
    title = _("Edit seasonality profile")

    def initial(self) -> dict[str, Any]:
        return {column: getattr(self.record, column) for column in WEIGHTS}

    def act(self, form: Any) -> Any:
        return edit_profile(self.record, actor=self.reader, **form.values())


class ProfileRemove(VerbView):
    """Take a profile out."""

    model = SeasonalityProfile
    verb = "budgets.remove_profile"
    dangerous = True
    text = _("Plans that were spread by it stay as they are.")

    def next_address(self, result: Any) -> str:
        return "/budgets/profiles/"
