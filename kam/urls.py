"""ROOF: every address of KAM, by application."""

from django.urls import include, path

from kam import home, search, single_sign_on
from kam.core.support import support
from kam.identity import closed

urlpatterns: list = [
    path("api/v1/", include(("kam.api", "api"))),
    path("", include("kam.health")),
    path("", home.Home.as_view(), name="home"),
    path("search/", search.SearchPage.as_view(), name="search"),
    path("help/", home.Help.as_view(), name="help"),
    path("language/", home.SetLanguage.as_view(), name="set_language"),
    # Addresses belong to the administrator and identities to the issuer: nobody adds one to an account by themselves.
    path("accounts/email/", closed),
    path("accounts/3rdparty/", closed),
    path("accounts/oidc/<str:provider_id>/login/", single_sign_on.begin),
    path("accounts/oidc/<str:provider_id>/login/callback/", single_sign_on.complete),
    path("accounts/", include("allauth.urls")),
    path("support/", support.urls),
    path("", include("kam.core.urls")),
    path("", include("accounts.urls")),
    path("", include("catalog.urls")),
    path("", include("orders.urls")),
    path("", include("budgets.urls")),
    path("", include("complaints.urls")),
]
