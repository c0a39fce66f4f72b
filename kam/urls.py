"""ROOF: every address of KAM, by application."""

from django.urls import include, path

urlpatterns: list = [
    path("", include("kam.health")),
]
