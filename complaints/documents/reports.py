"""Letters and reports about complaints as they are printed in the customer's language, kept as they were sent (domain 15)."""

from typing import Any

from django.utils.translation import gettext as _

from accounts.documents import letterhead
from complaints.actions.letters import kept
from complaints.actions.report_words import report_of
from complaints.documents.internal import found
from complaints.models import Complaint, ComplaintLetter
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
    "complaint_receipt": {
        "name_en": "Confirmation of receipt", "name_it": "Lettera di presa in carico", "name_de": "Eingangsbestätigung",
        "procedure": "PQ 05-01", "form": "MOD 05-01-02", "revision": "0",
    },
    "complaint_rejection": {
        "name_en": "Rejection of a complaint", "name_it": "Lettera di rigetto", "name_de": "Ablehnung einer Reklamation",
        "procedure": "PQ 05-01", "form": "MOD 05-01-03", "revision": "0",
    },
    "credit_request": {
        "name_en": "Request of a credit note", "name_it": "Richiesta di nota di accredito", "name_de": "Anforderung einer Gutschrift",
        "procedure": "PQ 05-01", "form": "MOD 05-01-04", "revision": "0",
    },
    "complaint_label": {
        "name_en": "Label of complained goods", "name_it": "Etichetta reclamo", "name_de": "Etikett reklamierte Ware",
        "procedure": "PQ 05-01", "form": "MOD 05-01-05", "revision": "0",
    },
}  # fmt: skip
Kind = ComplaintLetter.Kind
#: The form of each letter; every report has the same.
FORM_OF: dict[str, str] = {Kind.RECEIPT: "complaint_receipt", Kind.REJECTION: "complaint_rejection"}
MOST_PHOTOS = 6
#: Larger pictures are not put into a report: it is mailed.
MOST_BYTES = 1_500_000


def install_report_forms(**_of_migrate: Any) -> None:
    """Make the print forms of complaints where they are missing; what was changed stays."""
    for code, values in FORMS.items():
        PrintForm.objects.get_or_create(code=code, defaults=values)


def report_print(key: str, *, actor: Any) -> Contents:
    """A letter about a complaint as it stands, for who may read it; `key` is the complaint's and receipt, 3d or 8d. Raises Denied.

    The final answer to what was rejected is its rejection.
    """
    number, _colon, kind = str(key).partition(":")
    one = found(Complaint.objects.visible_to(actor), number)
    if kind not in (Kind.RECEIPT, Kind.INTERIM, Kind.FINAL):
        raise Denied("not_found", _("There is no such record."), status=404)
    if kind == Kind.FINAL and one.status == Complaint.Status.UNJUSTIFIED:
        kind = Kind.REJECTION
    sent = {
        Kind.RECEIPT: one.receipt_at, Kind.INTERIM: one.contained_at, Kind.FINAL: one.answered_at, Kind.REJECTION: one.rejected_at,
    }  # fmt: skip
    return report_contents(one, kind, report_of(one, kind), draft=sent[Kind(kind)] is None)


def report_contents(complaint: Complaint, kind: str, said: dict[str, Any], *, draft: bool = False) -> Contents:
    """A letter as its print lays it out, with the photos of the complaint."""
    language = said["language"]
    blocks = [
        part | {"images": photos_of(complaint)} if part["kind"] == "photos" else part for part in said["contents"]["blocks"]
    ]
    return Contents(
        template="sheet.typ",
        form=FORM_OF.get(kind, "complaint_report"),
        title=said["title"],
        number=complaint.number,
        revision=str(complaint.reopenings) if complaint.reopenings else "",
        language=language,
        path=complaint.get_absolute_url(),
        letterhead=letterhead(complaint.selling_location if kind in FORM_OF else complaint.producing_location, language),
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


def keep_complaint_letter(job: Job, report: Any) -> dict[str, int]:
    """The job kind `complaints.keep_letter`: print a letter and keep it with its complaint; a second run finds it done."""
    letter = ComplaintLetter.objects.for_list().get(pk=job.params["letter"])
    if letter.document_id is not None:
        return {"kept": 0}
    complaint = letter.complaint
    # A confirmation that was written before letters were printed says it as it stands today.
    contents = report_contents(complaint, letter.kind, letter.contents or report_of(complaint, letter.kind))
    document = keep_print(
        complaint, contents, report, by=letter.written_by, on=letter.written_at.date(), at=letter.written_at,
        title=f"{contents.title} {complaint.number} · {letter.sent_to}", number=letter.name,
    )  # fmt: skip
    letter.document, letter.sha256 = document, document.sha256
    letter.save()
    kept(letter)
    return {"kept": 1}
