"""The access log as a list, for administrators."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from kam.core.access_log import AccessLog
from kam.core.process_filters import AccessLogFilter
from kam.core.tables import Column
from kam.core.views.list import ListPage

#: The log is written in stable words; its reader finds them in their language.
SAID = {
    "grant": _("granted"),
    "end": _("ended"),
    "set": _("named"),
    "create": _("created"),
    "deactivate": _("deactivated"),
    "reactivate": _("reactivated"),
}


def said(entry: AccessLog) -> str:
    """What an entry is about, its verb in the reader's language."""
    verb, space, rest = entry.about.partition(" ")
    return f"{SAID[verb]}{space}{rest}" if verb in SAID else entry.about


class AccessLogList(ListPage):
    """Who logged in, exported, granted a role, made a token."""

    model = AccessLog
    title = _("Access log")
    icon = "scroll-text"
    filterset_class = AccessLogFilter
    default_order = ("-at", "-pk")
    columns = (
        Column("at", _("When"), kind="moment", sort="at"),
        Column("kind", _("What"), value="get_kind_display", sort="kind"),
        Column("user", _("Who"), sort=("user__last_name", "user__first_name"), second="who"),
        Column("about", _("About"), value=said),
        Column("address", _("Address"), sort="address"),
    )
    empty_title = _("No entry yet")

    def get(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        self.require("core.read_access_log")
        return super().get(request, *args, **kwargs)

    def post(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        self.require("core.read_access_log")
        return super().post(request, *args, **kwargs)
