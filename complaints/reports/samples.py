"""What an auditor asks of all complaints: some of them, drawn by chance."""

from typing import Any

from django.db.models import Q, QuerySet

from complaints.models import Complaint
from kam.core.samples import drawn

#: What can be drawn: complaints that count as such.
REGISTERED = Q(registered_at__isnull=False)


def drawn_complaints(reader: Any, word: str, count: int) -> QuerySet:
    """Registered complaints drawn by chance."""
    return drawn(Complaint.objects.visible_to(reader).filter(REGISTERED).for_list(), word, count)
