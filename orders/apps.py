"""The registration of the sales ledger with Django."""

from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OrdersConfig(AppConfig):
    name = "orders"
    verbose_name = _("Orders and sales")

    def ready(self) -> None:
        """Every verb is known before the first request, whoever asks for it by its code."""
        import_module("orders.actions")
