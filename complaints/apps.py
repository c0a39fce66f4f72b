"""The registration of complaints with Django."""

from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ComplaintsConfig(AppConfig):
    name = "complaints"
    verbose_name = _("Complaints")

    def ready(self) -> None:
        """Every verb is known before the first request, whoever asks for it by its code."""
        import_module("complaints.actions")
