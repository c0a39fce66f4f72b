"""ROOF: every address of KAM, by application."""

from django.urls import path

urlpatterns: list = []
