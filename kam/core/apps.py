"""The floor's registration with Django."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class CoreConfig(AppConfig):
    name = "kam.core"
    label = "core"
    verbose_name = _("Floor")

    def ready(self) -> None:
        """After a migration, what every installation has."""
        from kam.core.documents import install_document_types
        from kam.core.restricted import let_in_again

        post_migrate.connect(install_document_types, sender=self)
        post_migrate.connect(let_in_again, sender=self)
