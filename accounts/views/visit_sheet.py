"""The button that has a visit sheet printed: it starts the print and shows its progress."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from accounts.models import Customer, Plant
from kam.core.jobs import start_job
from kam.core.views import Signed


class _VisitSheet(Signed):
    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Print the visit sheet of a record that the reader sees."""
        record = self.record_or_404()
        key = f"{record._meta.model_name}:{record.pk}"
        job = start_job(
            "core.print", actor=self.reader, params={"print": "accounts.visit_sheet", "key": key, "title": str(record)}
        )
        return HttpResponseRedirect(job.get_absolute_url())


class CustomerVisitSheet(_VisitSheet):
    """The visit sheet of a customer."""

    model = Customer


class PlantVisitSheet(_VisitSheet):
    """The visit sheet of a plant."""

    model = Plant
