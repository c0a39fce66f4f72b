"""The registration of plans and targets with Django."""

from importlib import import_module

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class BudgetsConfig(AppConfig):
    name = "budgets"
    verbose_name = _("Budgets and targets")

    def ready(self) -> None:
        """Every verb is known before the first request, whoever asks for it by its code; print forms are there once tables are."""
        from budgets.documents import install_print_forms

        import_module("budgets.actions")
        post_migrate.connect(install_print_forms, sender=self)
