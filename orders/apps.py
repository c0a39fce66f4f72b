"""The registration of the sales ledger with Django."""

from importlib import import_module

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class OrdersConfig(AppConfig):
    name = "orders"
    verbose_name = _("Orders and sales")

    def ready(self) -> None:
        """Every verb is known before the first request, whoever asks for it by its code; print forms are there once tables are."""
        from orders.actions.checklist import install_checklist
        from orders.documents import install_print_forms

        import_module("orders.actions")
        post_migrate.connect(install_print_forms, sender=self)
        post_migrate.connect(install_checklist, sender=self)
