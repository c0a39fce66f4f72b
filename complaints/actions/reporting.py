"""Keeping the report of a complaint as it was sent: what it says is written down with the answer, its print follows in the background."""

from typing import Any

from complaints.actions.report_words import report_of
from complaints.models import Complaint
from kam.core.documents import Document
from kam.core.jobs import start_job


def keep_report(complaint: Complaint, report: str, *, actor: Any, sent_to: str) -> None:
    """Have the report kept that goes out with an answer, as it stands at this moment; once for each time the complaint was opened."""
    round_of = f"/{complaint.reopenings + 1}" if complaint.reopenings else ""
    number = f"{complaint.number} {report.upper()}{round_of}"
    said = report_of(complaint, report)
    params = {
        "complaint": complaint.pk, "number": number, "said": said, "by": actor.pk if actor else 0, "sent_to": sent_to,
        "title": f"{said['title']} {complaint.number}",
    }  # fmt: skip
    start_job("complaints.keep_report", actor=None, params=params)


def kept_report(complaint: Complaint, number: str) -> Document | None:
    """The report that is kept under a number, if its print is made."""
    return Document.objects.about(complaint).filter(type__code="print", number=number).first()
