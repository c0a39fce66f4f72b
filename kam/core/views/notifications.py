"""What a person was told, opening and reading it, and how they want to be told."""

from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext_lazy as _

from kam.core.forms import Form
from kam.core.notifications import (
    KINDS,
    Notification,
    NotificationPreference,
    Way,
    read_all_notifications,
    read_notification,
    set_preference,
    shown,
)
from kam.core.views.base import Page, Signed
from kam.core.views.form import FormPage

PAGE_SIZE = 50


class NotificationList(Page):
    """What this person was told, the newest first; a text whose record is no longer theirs to see is not shown."""

    model = Notification
    title = _("Notifications")
    template_name = "core/notifications.html"

    def context(self) -> dict[str, Any]:
        everything = self.request.GET.get("all") == "1"
        rows = self.rows().select_related("actor")
        rows = rows if everything else rows.filter(read_at=None)
        page = Paginator(rows.order_by("-created_at", "-pk"), PAGE_SIZE).get_page(self.request.GET.get("page"))
        texts = [(row, *row.text()) for row in shown(page.object_list, self.reader)]
        return super().context() | {"everything": everything, "pages": page, "texts": texts}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Mark everything as read."""
        read_all_notifications(self.reader)
        return self.done(request.path, _("Everything is read."))


class NotificationOpen(Signed):
    """Go to the record and mark the notification as read."""

    model = Notification

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        notification = read_notification(self.record_or_404(), actor=self.reader)
        record: Any = next((row.record for row in shown([notification], self.reader)), None)
        return HttpResponseRedirect(record.get_absolute_url() if hasattr(record, "get_absolute_url") else "/notifications/")


class PreferenceForm(Form):
    """One choice per kind."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.base_fields = {  # type: ignore[misc]
            kind: forms.ChoiceField(label=definition.label, choices=Way.choices) for kind, definition in sorted(KINDS.items())
        }
        super().__init__(*args, **kwargs)


class PreferencePage(FormPage):
    """How this person wants to be told, kind by kind."""

    model = NotificationPreference
    title = _("How you are told")
    form_class = PreferenceForm
    creates = True
    template_name = "core/notification_preferences.html"
    submit_label = _("Save")

    def initial(self) -> dict[str, Any]:
        chosen = dict(self.rows().values_list("kind", "way"))
        return {kind: chosen.get(kind, definition.way) for kind, definition in KINDS.items()}

    def act(self, form: Any) -> Any:
        """Keep what differs from before."""
        before = self.initial()
        for kind, way in form.values().items():
            if kind in before and before[kind] != way:
                set_preference(self.reader, kind, way)

    def next_address(self, record: Any) -> str:
        """The same page."""
        return self.request.path

    def cancel_address(self) -> str:
        """Back to the notifications."""
        return "/notifications/"
