"""ROOF: the first screen of each role, the help page, and the reader's language; sections are data, each an application's own partial."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import NoReverseMatch, reverse
from django.utils import translation
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views import View

from accounts.actions.user import edit_profile
from accounts.models import User
from kam.core import clock
from kam.core.ports import port
from kam.core.views import Page

COMMERCIAL = frozenset({"account_manager", "area_manager", "sales_manager"})

DEPARTMENTS = frozenset({"back_office", "technical", "quality", "production", "logistics", "finance", "service"})
OVERSIGHT = frozenset({"management", "auditor"})


@dataclass(frozen=True)
class Section:
    """A part of the first screen: served at `url_name` by its application under its own row rule.

    `roles` says for whom it stands there (nobody named: everybody); `side` puts it at the right; `strip` makes it the
    line of figures on top; `broad` gives it the whole width; `more` is the page behind “All”.
    """

    name: str
    label: Any
    url_name: str
    roles: frozenset[str] = frozenset()
    side: bool = False
    strip: bool = False
    broad: bool = False
    more: str = ""

    def address(self) -> str:
        """Where the section is served, or nothing while it does not stand."""
        return _address(self.url_name)

    def more_address(self) -> str:
        """The page behind “All”, or nothing."""
        return _address(self.more) if self.more else ""


SECTIONS: tuple[Section, ...] = (
    Section("away", _("While you were away"), "accounts:home_away", strip=True),
    Section("figures", _("Figures"), "accounts:home_figures", strip=True),
    Section(
        "year",
        _("My year"),
        "budgets:home_year",
        frozenset({"account_manager", "area_manager", "sales_manager", "management"}),
        broad=True,
        more="budgets:my_year",
    ),
    Section(
        "round", _("Budget round"), "budgets:home_round", frozenset({"sales_manager"}), broad=True, more="budgets:round_list"
    ),
    Section(
        "deviations", _("Deviations to act on"), "budgets:home_deviations", COMMERCIAL, broad=True, more="budgets:deviation_list"
    ),
    Section(
        "negotiations", _("My negotiations"), "orders:home_negotiations", COMMERCIAL, broad=True, more="orders:negotiation_list"
    ),
    Section("sales", _("Sales of the year"), "orders:home_sales", COMMERCIAL, broad=True, more="orders:sales"),
    Section(
        "gaps",
        _("Gaps in the assignments"),
        "accounts:home_gaps",
        frozenset({"sales_manager", "administrator"}),
        more="accounts:gaps",
    ),
    Section(
        "team", _("My team"), "accounts:home_team", frozenset({"sales_manager"}), broad=True, more="accounts:assignment_list"
    ),
    Section("setup", _("Still to be set up"), "accounts:home_setup", frozenset({"administrator"}), more="accounts:user_list"),
    Section("plants", _("My plants"), "accounts:home_plants", COMMERCIAL, more="accounts:plant_list"),
    Section(
        "activities",
        _("Next visits and calls"),
        "accounts:home_activities",
        COMMERCIAL | {"service"},
        more="accounts:activity_list",
    ),
    Section("served", _("Plants that we serve"), "accounts:home_plants", DEPARTMENTS | OVERSIGHT, more="accounts:plant_list"),
    Section(
        "visits",
        _("Visits ahead"),
        "accounts:home_visits",
        DEPARTMENTS | OVERSIGHT | {"sales_manager"},
        more="accounts:activity_calendar",
    ),
    Section("unvisited", _("Not visited for long"), "accounts:home_unvisited", COMMERCIAL),
    Section("work", _("To do"), "core:home_work", side=True, more="core:work_list"),
    Section(
        "promises",
        _("Open promises"),
        "accounts:home_promises",
        COMMERCIAL | {"back_office"},
        side=True,
        more="accounts:promise_list",
    ),
)


def _address(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


class Home(Page):
    """What this person comes to: what is to be done, what was promised, what is missing; sections by role."""

    title = _("First screen")
    template_name = "home.html"

    def context(self) -> dict[str, Any]:
        roles = port("access_of")(self.reader).roles
        shown = [section for section in SECTIONS if section.address() and (not section.roles or section.roles & roles)]
        return super().context() | {
            "today": clock.today(),
            "strips": [section for section in shown if section.strip],
            "mains": [section for section in shown if not section.side and not section.strip],
            "sides": [section for section in shown if section.side],
        }


KEYS: tuple[tuple[Any, tuple[tuple[tuple[str, ...], Any], ...]], ...] = (
    (
        _("Everywhere"),
        (
            (("/",), _("Search")),
            (("Ctrl", "K"), _("Search and commands")),
            (("?",), _("This page")),
            (("n",), _("New")),
            (("e",), _("Edit the record")),
            (("v",), _("Report a visit to the customer shown")),
            (("Esc",), _("Close what is open")),
        ),
    ),
    (
        _("In a list"),
        (
            (("j",), _("Next row")),
            (("k",), _("Previous row")),
            (("Enter",), _("Open the page of the row")),
            (("o",), _("Quick look beside the list")),
            (("x",), _("Select the row")),
            (("f",), _("Filter")),
            (("Alt", "↑"), _("Move a column up in the column choice")),
            (("Alt", "↓"), _("Move a column down in the column choice")),
        ),
    ),
    (
        _("In a form"),
        ((("Ctrl", "Enter"), _("Save")),),
    ),
)


class Help(Page):
    """The keyboard, and where the user's guide is."""

    title = _("Help and keyboard")
    template_name = "help.html"

    def context(self) -> dict[str, Any]:
        return super().context() | {"keys": KEYS}


@method_decorator(login_not_required, name="dispatch")
class SetLanguage(View):
    """Change the language: for a signed-in person on their profile, else for this browser."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        language = request.POST.get("language", "")
        target = request.POST.get("next", "") or "/"
        if not url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
            target = "/"
        response = HttpResponseRedirect(target)
        if language not in dict(settings.LANGUAGES):
            return response
        if request.user.is_authenticated:
            edit_profile(User.objects.get(pk=request.user.pk), actor=request.user, language=language)
        translation.activate(language)
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            language,
            max_age=365 * 24 * 3600,
            samesite="Lax",
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
        )
        return response
