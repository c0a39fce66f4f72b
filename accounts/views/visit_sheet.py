"""The button that has a visit sheet printed."""

from typing import Any

from accounts.models import Customer, Plant
from kam.core.views import PrintView


class _VisitSheet(PrintView):
    printed = "accounts.visit_sheet"

    def key(self, record: Any) -> str:
        return f"{record._meta.model_name}:{record.pk}"


class CustomerVisitSheet(_VisitSheet):
    """The visit sheet of a customer."""

    model = Customer


class PlantVisitSheet(_VisitSheet):
    """The visit sheet of a plant."""

    model = Plant
