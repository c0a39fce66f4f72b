"""Pages of people: the list, a person's card, one's own profile, and what an administrator does with people."""

from typing import Any

from django.db.models import Q
from django.db.models.functions import Lower
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from accounts.actions.user import create_user, deactivate_user, edit_profile, edit_user
from accounts.filters.people import UserFilter
from accounts.forms.people import ProfileForm, UserForm
from accounts.models import Assignment, Delegation, RoleGrant, User
from kam.core import clock
from kam.core.badges import Badge
from kam.core.tables import Column
from kam.core.views import BulkAction, Fact, FormPage, ListPage, RecordPage, VerbView
from kam.core.views.record import VerbButton
from kam.core.words import language_name


def active_badge(user: User) -> Badge:
    """Whether a person may log in."""
    return Badge(_("Active"), "ok") if user.is_active else Badge(_("Shut out"), "closed")


class UserList(ListPage):
    """Everybody who uses KAM."""

    model = User
    title = _("People")
    icon = "users"
    filterset_class = UserFilter
    default_order = ("last_name", "first_name")
    columns = (
        Column("name", _("Name"), value=str, sort=(Lower("last_name"), Lower("first_name")), link=True, second="email"),
        Column("active", _("Log-in"), value=active_badge, kind="status", sort="is_active"),
        Column("phone", _("Phone"), sort="phone"),
        Column("language", _("Language"), value=lambda row: language_name(row.language), sort="language"),
        Column("time_zone", _("Time zone"), sort="time_zone"),
        Column(
            "last_login",
            _("Last log-in"),
            kind="moment",
            sort="last_login",
            default=False,
            permission=lambda reader: reader.may("accounts.edit_user"),
        ),
        Column("created_at", _("Added"), kind="date", sort="created_at", default=False),
    )
    drawer_template = "accounts/user_card.html"
    create_url = "accounts:user_create"
    create_verb = "accounts.create_user"
    create_label = _("New person")
    bulk_actions = (
        BulkAction("deactivate", _("Deactivate"), "user-x", "accounts.deactivate_user", deactivate_user, reason=True),
    )
    tabs = ((_("May log in"), "is_active=true"), (_("Shut out"), "is_active=false"))
    empty_title = _("Nobody here yet")
    empty_text = _("An administrator adds people and grants them their roles.")


class UserPage(RecordPage):
    """A person's card: how to reach them and what they are."""

    model = User
    template_name = "accounts/user_page.html"
    list_url = "accounts:user_list"
    edit_url = "accounts:user_edit"
    edit_verb = "accounts.edit_user"
    buttons = (
        VerbButton("accounts.deactivate_user", "accounts:user_deactivate", "user-x", page=True),
        VerbButton("accounts.reactivate_user", "accounts:user_reactivate", "user-check"),
    )

    def steps(self) -> list[Any]:
        wanted = "accounts.deactivate_user" if self.record.is_active else "accounts.reactivate_user"
        return [step for step in super().steps() if step.button.verb == wanted]

    def badges(self) -> list[Badge]:
        return [active_badge(self.record)]

    def meta(self) -> list[Any]:
        return [self.record.email]

    def facts(self) -> list[Fact]:
        user = self.record
        return [
            Fact(_("E-mail"), user.email, f"mailto:{user.email}"),
            Fact(_("Phone"), user.phone, f"tel:{user.phone}" if user.phone else ""),
            Fact(_("Language"), language_name(user.language)),
            Fact(_("Time zone"), user.time_zone),
        ]

    def context(self) -> dict[str, Any]:
        today, user = clock.today(), self.record
        lasting = Q(period__endswith__gt=today) | Q(period__endswith=None)
        grants = (
            RoleGrant.objects.visible_to(self.reader).filter(lasting, user=user).select_related("location").order_by("role", "pk")
        )
        assignments = Assignment.objects.visible_to(self.reader).filter(lasting, user=user).for_list().order_by("kind", "pk")
        away = Delegation.objects.visible_to(self.reader).filter(
            Q(principal=user) | Q(substitute=user), period__endswith__gt=today
        )
        return super().context() | {
            "grants": [(grant, grant.holds_on(today)) for grant in grants],
            "assignments": assignments[:100],
            "delegations": away.for_list().order_by("period", "pk")[:20],
            "is_me": user.pk == self.reader.pk,
            "may_grant": self.reader.may("accounts.grant_role") and user.is_active and user.pk != self.reader.pk,
            "may_end_role": self.reader.may("accounts.end_role"),
            "may_delegate": self.reader.may("accounts.delegate_for_other"),
            "may_hand_over": self.reader.may("accounts.hand_over"),
        }


class Profile(FormPage):
    """One's own profile."""

    model = User
    form_class = ProfileForm
    verb = "accounts.edit_profile"
    title = _("Your profile")
    success = _("Profile saved.")
    template_name = "accounts/profile.html"

    @cached_property
    def record(self) -> Any:
        return self.record_or_404(self.reader.pk)

    def act(self, form: Any) -> Any:
        return edit_profile(self.record, actor=self.reader, **form.values())


class UserCreate(FormPage):
    """Add a person."""

    model = User
    form_class = UserForm
    verb = "accounts.create_user"
    creates = True
    title = _("New person")
    success = _("Person added. They set their password through “forgotten password”.")
    cancel_url = "/people/"

    def act(self, form: Any) -> Any:
        values = form.values()
        values.pop("version", None)
        return create_user(User, actor=self.reader, **values)


class UserEdit(FormPage):
    """Edit a person."""

    model = User
    form_class = UserForm
    verb = "accounts.edit_user"
    title = _("Edit person")

    def act(self, form: Any) -> Any:
        return edit_user(self.record, actor=self.reader, **form.values())


class UserDeactivate(VerbView):
    """Shut a person out."""

    model = User
    verb = "accounts.deactivate_user"
    reason_required = True
    dangerous = True
    text = _(
        "The person is logged out at once. Sessions, tokens, roles and substitutions end, and open work goes to their manager."
    )


class UserReactivate(VerbView):
    """Let a person in again."""

    model = User
    verb = "accounts.reactivate_user"


@require_GET
def user_choices(request: HttpRequest) -> HttpResponse:
    """People for a field with search: those whose name or e-mail fits what is typed."""
    filterset = UserFilter(
        {"search": request.GET.get("q", ""), "is_active": "true"}, queryset=User.objects.visible_to(request.user), request=request
    )
    return JsonResponse({"results": [{"id": user.pk, "text": str(user)} for user in filterset.qs[:50]]})
