"""The support site: administrators search and read rows behind the same log-in; nothing is changed there."""

from typing import Any

from django.contrib.admin import AdminSite, ModelAdmin
from django.contrib.auth.decorators import login_not_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _


class SupportSite(AdminSite):
    """Search and read, for administrators."""

    site_header = site_title = _("KAM support")
    index_title = _("Search and read")
    site_url = "/"
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        """Only who holds the administrator's role today, whatever flags a row carries."""
        return bool(request.user.is_authenticated and request.user.is_active and request.user.may("core.read_support"))

    @method_decorator(login_not_required)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """There is one log-in, with its lockout and second factor; who is not an administrator goes to the first screen."""
        if request.user.is_authenticated:
            return HttpResponseRedirect("/")
        return HttpResponseRedirect(f"{reverse('account_login')}?next={reverse('support:index')}")

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """There is one place to change a password."""
        return HttpResponseRedirect(reverse("account_change_password"))


support = SupportSite(name="support")


class ReadOnly(ModelAdmin):
    """Rows to search and read; the reader's own rule holds here too."""

    list_per_page = 50
    show_full_result_count = False
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        rows = self.model._default_manager
        return rows.visible_to(request.user).order_by("-pk") if hasattr(rows, "visible_to") else rows.none()

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        hidden = {"password", "digest", "password_mark", "refresh_token", "begun_with"}
        return [field.name for field in self.model._meta.concrete_fields if field.name not in hidden]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.get_readonly_fields(request, obj)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return support.has_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return support.has_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
