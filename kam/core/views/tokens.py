"""The page of a person's API tokens: made after logging in anew, shown once, revoked."""

from typing import Any

from allauth.account.decorators import reauthentication_required
from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from kam.core.forms import Form
from kam.core.tokens import LONGEST_LIFE, ApiToken, issue_token, revoke_token
from kam.core.views.base import Page
from kam.core.views.form import place_refusals
from kam.core.workflow import Denied


class TokenForm(Form):
    """What a new token is called and how long it lives."""

    name = forms.CharField(label=_("Name"), max_length=80, help_text=_("Which program uses it."))
    days = forms.IntegerField(label=_("Valid for days"), min_value=1, max_value=LONGEST_LIFE, initial=90)


class TokenPage(Page):
    """My tokens, and a new one; making one asks for the password again if the last time is more than five minutes ago."""

    model = ApiToken
    title = _("API tokens")
    template_name = "core/tokens.html"

    def context(self) -> dict[str, Any]:
        return super().context() | {"tokens": self.rows().select_related("user"), "form": TokenForm(reader=self.reader)}

    @method_decorator(sensitive_variables("secret"))
    @method_decorator(reauthentication_required)
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = TokenForm(request.POST, reader=self.reader)
        secret = ""
        if form.is_valid():
            try:
                secret = issue_token(self.reader, name=form.cleaned_data["name"], days=form.cleaned_data["days"])
            except Denied as denied:
                place_refusals(form, denied)
        found = {"secret": secret} if secret else {"form": form}
        return render(request, self.template_name, self.context() | found, status=200 if secret else 422)


class TokenRevoke(Page):
    """End one of my tokens."""

    model = ApiToken
    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        revoke_token(self.record_or_404())
        return self.done(reverse("core:token_list"), _("The token has ended."))
