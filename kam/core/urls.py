"""Addresses of the floor's own pages."""

from django.urls import path

from kam.core.views import tokens

app_name = "core"
urlpatterns = [
    path("profile/tokens/", tokens.TokenPage.as_view(), name="token_list"),
    path("profile/tokens/<int:pk>/revoke/", tokens.TokenRevoke.as_view(), name="token_revoke"),
]
