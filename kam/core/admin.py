"""Support: search and read the floor's rows that tell what happened."""

from kam.core.access_log import AccessLog
from kam.core.support import ReadOnly, support


class AccessLogSupport(ReadOnly):
    """Who logged in, exported, granted."""

    list_display = ("at", "kind", "user", "who", "about", "address")
    search_fields = ("user__email", "who", "about", "address")


support.register(AccessLog, AccessLogSupport)
