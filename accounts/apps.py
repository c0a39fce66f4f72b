"""The registration of people, locations, customers and activities with Django."""

from importlib import import_module
from pkgutil import iter_modules

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("People and customers")

    def ready(self) -> None:
        """Every verb and kind of work is known before the first request or task; after a migration, what every installation has."""
        actions = import_module("accounts.actions")
        for module in iter_modules(actions.__path__):
            import_module(f"accounts.actions.{module.name}")

        from accounts.documents import install_print_forms

        post_migrate.connect(install_print_forms, sender=self)
