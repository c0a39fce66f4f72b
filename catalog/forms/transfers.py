"""The form of a transfer: what passes where, on which day, and who serves it there."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from catalog.forms.catalogue import CatalogForm
from catalog.models import Transfer


class TransferForm(CatalogForm):
    """A customer's plant or a product, to another of our locations."""

    day = forms.DateField(label=_("First day at the new location"))

    class Meta:
        model = Transfer
        fields = ["plant", "product", "source", "target", "manager"]
        help_texts = {
            "plant": _("A plant that another location serves."),
            "product": _("Or a product that another location makes."),
            "source": _("Leave it empty for the location that leads the plant or makes the product."),
            "manager": _("Who serves the plant from there; leave it empty where somebody does already."),
        }

    field_order = ["plant", "product", "source", "target", "day", "manager"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["source"].required = False

    def choices_of(self, name: str, rows: Any) -> Any:
        """Open plants, active locations and people."""
        rows = super().choices_of(name, rows)
        if name == "plant":
            return rows.filter(status="open")
        return rows.filter(is_active=True) if name in {"source", "target", "manager"} else rows
