"""Prints of complaints: the report (statement, 3D, 5D, 8D) in the customer's language, kept as it was sent with an answer (domain 15)."""

from typing import Any

from django.utils.translation import gettext as _

from accounts.documents import letterhead
from accounts.models import User
from complaints.actions.report_words import FINAL, INTERIM, report_of
from complaints.actions.reporting import kept_report
from complaints.models import Complaint
from kam.core import clock
from kam.core.documents import Document, PreviewState
from kam.core.jobs import Job
from kam.core.kept_prints import keep_print
from kam.core.printing import Contents, PrintForm
from kam.core.workflow import Denied

FORMS: dict[str, dict[str, str]] = {
    "complaint_report": {
        "name_en": "8D report", "name_it": "Rapporto 8D", "name_de": "8D-Report",
        "procedure": "PQ 05-01", "form": "MOD 05-01-01", "revision": "0",
    },
}  # fmt: skip
MOST_PHOTOS = 6
#: Larger pictures are not put into a report: it is mailed.
MOST_BYTES = 1_500_000


def install_report_forms(**_of_migrate: Any) -> None:
    """Make the print forms of complaints where they are missing; what was changed stays."""
    for code, values in FORMS.items():
        PrintForm.objects.get_or_create(code=code, defaults=values)


def report_print(key: str, *, actor: Any) -> Contents:
    """The report of a complaint as it stands, for who may read it; `key` is the complaint's and 3d or 8d. Raises Denied."""
    number, _colon, report = str(key).partition(":")
    found = Complaint.objects.visible_to(actor)
    found = found.filter(pk=int(number)) if number.isdecimal() and len(number) < 19 else found.none()
    one = found.for_list().first()
    if one is None or report not in (INTERIM, FINAL):
        raise Denied("not_found", _("There is no such record."), status=404)
    said = report_of(one, report)
    return report_contents(one, said, draft=not _sent(one, report))


def _sent(complaint: Complaint, report: str) -> bool:
    moment = complaint.contained_at if report == INTERIM else complaint.answered_at
    return moment is not None


def report_contents(complaint: Complaint, said: dict[str, Any], *, draft: bool = False) -> Contents:
    """A report as its print lays it out, with the photos of the complaint."""
    language = said["language"]
    blocks = [
        part | {"images": photos_of(complaint)} if part["kind"] == "photos" else part for part in said["contents"]["blocks"]
    ]
    return Contents(
        template="sheet.typ",
        form="complaint_report",
        title=said["title"],
        number=complaint.number,
        revision=str(complaint.reopenings) if complaint.reopenings else "",
        language=language,
        path=complaint.get_absolute_url(),
        letterhead=letterhead(complaint.producing_location, language),
        draft=draft,
        data=said["contents"] | {"blocks": blocks},
        file_name=f"{said['title']} {complaint.number}.pdf".replace("/", "-"),
    )


def photos_of(complaint: Complaint) -> list[dict[str, Any]]:
    """The pictures of what was complained about, each as the bytes of its preview; what has none yet is left out."""
    rows = Document.objects.about(complaint).current().filter(type__code="photo", preview_state=PreviewState.READY, private_to=[])
    pictures = []
    for row in rows.select_related("type").order_by("pk")[:MOST_PHOTOS]:
        if row.why_not_readable() is not None or row.preview.size > MOST_BYTES:
            continue
        with row.preview.open("rb") as file:
            pictures.append({"bytes": list(file.read()), "title": row.title or row.original_name})
    return pictures


def keep_report(job: Job, report: Any) -> dict[str, int]:
    """The job kind `complaints.keep_report`: print a report as it was sent and keep it; a second run finds it done."""
    params = job.params
    complaint = Complaint.objects.for_list().get(pk=params["complaint"])
    if kept_report(complaint, params["number"]) is not None:
        return {"kept": 0}
    contents = report_contents(complaint, params["said"])
    by = User.objects.filter(pk=params["by"]).first()
    keep_print(
        complaint, contents, report, by=by, on=clock.today(), at=job.created_at,
        title=f"{contents.title} {complaint.number} · {params['sent_to']}", number=params["number"],
    )  # fmt: skip
    return {"kept": 1}
