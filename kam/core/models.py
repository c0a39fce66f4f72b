"""The floor's models in one place, where Django looks for them; each lives in the file of its subject."""

from kam.core.access_log import AccessLog
from kam.core.calendars import CalendarDay, WorkingCalendar
from kam.core.clock import Clock, ClockPause
from kam.core.codes import ExternalCode
from kam.core.comments import Comment
from kam.core.devices import PushDevice, PushMessage
from kam.core.documents import Document, DocumentType
from kam.core.idempotency import AnsweredRequest
from kam.core.imports import Import, ImportMapping
from kam.core.jobs import Job
from kam.core.links import Link
from kam.core.mailbox_access import MailboxAccess
from kam.core.mails import OutgoingMail
from kam.core.money import ExchangeRate
from kam.core.notifications import Notification, NotificationPreference
from kam.core.numbering import Sequence
from kam.core.parameters import ParameterValue
from kam.core.printing import PrintForm
from kam.core.saved_views import ListLayout, SavedView
from kam.core.tokens import ApiToken
from kam.core.webhooks import Webhook, WebhookDelivery
from kam.core.work_items import WorkItem

__all__ = [
    "AccessLog",
    "AnsweredRequest",
    "ApiToken",
    "CalendarDay",
    "Clock",
    "ClockPause",
    "Comment",
    "Document",
    "DocumentType",
    "ExchangeRate",
    "ExternalCode",
    "Import",
    "ImportMapping",
    "Job",
    "Link",
    "ListLayout",
    "MailboxAccess",
    "Notification",
    "NotificationPreference",
    "OutgoingMail",
    "ParameterValue",
    "PrintForm",
    "PushDevice",
    "PushMessage",
    "SavedView",
    "Sequence",
    "Webhook",
    "WebhookDelivery",
    "WorkItem",
    "WorkingCalendar",
]
