"""One's own open sessions: listed, ended one by one."""

from typing import Any

from allauth.usersessions.models import UserSession
from django import forms
from django.http import Http404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts.actions.session import end_session
from accounts.models import User
from kam.core.forms import Form
from kam.core.views import Page, VerbView


class SessionList(Page):
    """Where one is logged in."""

    model = User
    title = _("Where you are logged in")
    template_name = "accounts/sessions.html"

    def context(self) -> dict[str, Any]:
        sessions = UserSession.objects.purge_and_list(self.reader)
        own = self.request.session.session_key
        return super().context() | {
            "sessions": [
                (session, session.session_key == own)
                for session in sorted(sessions, key=lambda one: one.last_seen_at, reverse=True)
            ]
        }


class SessionForm(Form):
    """Which session."""

    session = forms.IntegerField(widget=forms.HiddenInput)


class SessionEnd(VerbView):
    """End one of one's own sessions."""

    model = User
    verb = "accounts.end_session"
    form_class = SessionForm
    text = _("Whoever uses KAM there has to log in again.")
    success = _("The session is ended.")

    @cached_property
    def record(self) -> User:
        if not self.reader.usersession_set.filter(pk=self.kwargs["session"]).exists():
            raise Http404
        return self.record_or_404(self.reader.pk)

    def initial(self) -> dict[str, Any]:
        return {"session": self.kwargs["session"]}

    def act(self, form: Any) -> Any:
        return end_session(self.record, actor=self.reader, session=self.kwargs["session"])

    def next_address(self, result: Any) -> str:
        return reverse("accounts:session_list")
