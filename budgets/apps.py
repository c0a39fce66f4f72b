"""The registration of plans and targets with Django."""

from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BudgetsConfig(AppConfig):
    name = "budgets"
    verbose_name = _("Budgets and targets")

    def ready(self) -> None:
        """Every verb is known before the first request, whoever asks for it by its code."""
        import_module("budgets.actions")
