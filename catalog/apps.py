"""The registration of products, costs and resources with Django."""

from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CatalogConfig(AppConfig):
    name = "catalog"
    verbose_name = _("Catalogue")

    def ready(self) -> None:
        """Every verb is known before the first request, whoever asks for it by its code."""
        import_module("catalog.actions")
