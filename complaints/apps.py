"""The registration of complaints with Django."""

from importlib import import_module

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class ComplaintsConfig(AppConfig):
    name = "complaints"
    verbose_name = _("Complaints")

    def ready(self) -> None:
        """Every verb is known before the first request, whoever asks for it by its code."""
        from complaints.documents import install_repair_forms, install_report_forms

        import_module("complaints.actions")
        post_migrate.connect(install_repair_forms, sender=self)
        post_migrate.connect(install_report_forms, sender=self)
