"""The registration of products, costs and resources with Django."""

from importlib import import_module

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class CatalogConfig(AppConfig):
    name = "catalog"
    verbose_name = _("Catalogue")

    def ready(self) -> None:
        """Every verb is known before the first request, whoever asks for it by its code; types and print forms are there once tables are."""
        from catalog.documents import install_print_forms
        from catalog.models.document_types import install_document_types

        import_module("catalog.actions")
        post_migrate.connect(install_document_types, sender=self)
        post_migrate.connect(install_print_forms, sender=self)
