"""The page on which an auditor draws complaints by chance."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from complaints.models import Complaint
from complaints.reports.samples import drawn_complaints
from kam.core.samples import word_of
from kam.core.views import Page

SAMPLE = 10


class ComplaintAudit(Page):
    """Complaints drawn by chance, each with the way to its proof."""

    model = Complaint
    title = _("Complaint audit")
    template_name = "complaints/complaint_audit.html"

    def context(self) -> dict[str, Any]:
        seed = word_of(self.request)
        return super().context() | {"seed": seed, "sample": drawn_complaints(self.reader, seed, SAMPLE)}
