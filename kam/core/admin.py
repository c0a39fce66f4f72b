"""Support: search and read the floor's rows that tell what happened."""

from kam.core.access_log import AccessLog
from kam.core.mailbox_access import MailboxAccess
from kam.core.support import ReadOnly, support


class AccessLogSupport(ReadOnly):
    """Who logged in, exported, granted."""

    list_display = ("at", "kind", "user", "who", "about", "address")
    search_fields = ("user__email", "who", "about", "address")


class MailboxSupport(ReadOnly):
    """Which mailboxes are read, and which cannot be."""

    list_display = ("mailbox", "read_at", "failed_at", "last_error")
    search_fields = ("mailbox",)


support.register(AccessLog, AccessLogSupport)
support.register(MailboxAccess, MailboxSupport)
