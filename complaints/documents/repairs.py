"""Prints of repairs: letters laid out from what was kept when they were written, and the label of the customer's property (domain 15)."""

from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from accounts.documents import letterhead
from complaints.actions.repair_estimate_words import product_name
from complaints.actions.repair_letters import kept
from complaints.models import RepairLetter, RepairPiece
from kam.core.formats import day
from kam.core.jobs import Job
from kam.core.kept_prints import keep_print
from kam.core.printing import Contents, PrintForm
from kam.core.workflow import Denied

FORMS: dict[str, dict[str, str]] = {
    "repair_authorisation": {
        "name_en": "RMA authorisation", "name_it": "Autorizzazione al reso (RMA)", "name_de": "Rücksendegenehmigung (RMA)",
        "procedure": "PQ 06-01", "form": "MOD 06-01-01", "revision": "0",
    },
    "repair_receipt": {
        "name_en": "Receipt note", "name_it": "Nota di ricevimento", "name_de": "Eingangsbestätigung der Ware",
        "procedure": "PQ 06-01", "form": "MOD 06-01-02", "revision": "0",
    },
    "repair_estimate": {
        "name_en": "Repair estimate", "name_it": "Preventivo di riparazione", "name_de": "Kostenvoranschlag Reparatur",
        "procedure": "PQ 06-01", "form": "MOD 06-01-04", "revision": "0",
    },
    "repair_report": {
        "name_en": "Repair report", "name_it": "Rapporto di riparazione", "name_de": "Reparaturbericht",
        "procedure": "PQ 06-01", "form": "MOD 06-01-05", "revision": "0",
    },
    "repair_return": {
        "name_en": "Return note", "name_it": "Nota di reso", "name_de": "Rücklieferschein",
        "procedure": "PQ 06-01", "form": "MOD 06-01-06", "revision": "0",
    },
    "repair_approval": {
        "name_en": "Confirmation of the repair order", "name_it": "Conferma dell'ordine di riparazione", "name_de": "Bestätigung des Reparaturauftrags",
        "procedure": "PQ 06-01", "form": "MOD 06-01-07", "revision": "0",
    },
    "repair_delay": {
        "name_en": "Notice of a delay", "name_it": "Avviso di ritardo", "name_de": "Verzugsmeldung",
        "procedure": "PQ 06-01", "form": "MOD 06-01-08", "revision": "0",
    },
    "repair_label": {
        "name_en": "Label of customer's property", "name_it": "Etichetta proprietà cliente", "name_de": "Etikett Kundeneigentum",
        "procedure": "PQ 06-01", "form": "MOD 06-01-03", "revision": "0",
    },
}  # fmt: skip


def install_repair_forms(**_of_migrate: Any) -> None:
    """Make the print forms of repairs where they are missing; what was changed stays."""
    for code, values in FORMS.items():
        PrintForm.objects.get_or_create(code=code, defaults=values)


def repair_letter(key: str, *, actor: Any) -> Contents:
    """A letter about a repair, if its reader may see it, as it was written. Raises Denied."""
    found = RepairLetter.objects.visible_to(actor).filter(pk=int(key)) if str(key).isdecimal() else RepairLetter.objects.none()
    letter = found.for_list().first()
    if letter is None:
        raise Denied("not_found", _("There is no such record."), status=404)
    return letter_contents(letter)


def letter_contents(letter: RepairLetter) -> Contents:
    """What a letter says, in its language, whoever asked; who may read it was looked at before."""
    with translation.override(letter.language):
        title = str(letter.get_kind_display())
        return Contents(
            template="repair.typ",
            form=f"repair_{letter.kind}",
            title=title,
            number=letter.name,
            language=letter.language,
            path=letter.repair.get_absolute_url(),
            letterhead=letterhead(letter.repair.selling_location, letter.language),
            data=letter.contents,
            file_name=f"{title} {letter.name}.pdf".replace("/", "-"),
        )


def keep_letter(job: Job, report: Any) -> dict[str, int]:
    """The job kind `complaints.keep_repair_letter`: print a letter and keep it; a second run finds it done."""
    letter = RepairLetter.objects.for_list().get(pk=job.params["letter"])
    if letter.document_id is not None:
        return {"kept": 0}
    contents = letter_contents(letter)
    document = keep_print(
        letter, contents, report, by=letter.written_by, on=letter.written_at.date(), at=letter.written_at,
        title=f"{contents.title} {letter.name} · {letter.sent_to}", number=letter.name,
    )  # fmt: skip
    letter.document, letter.sha256 = document, document.sha256
    letter.save()
    kept(letter)
    return {"kept": 1}


def repair_label(key: str, *, actor: Any) -> Contents:
    """The label of a piece: whose it is, what it is, how far it is, with the code that leads to its page. Raises Denied."""
    found = RepairPiece.objects.visible_to(actor).filter(pk=int(key)) if str(key).isdecimal() else RepairPiece.objects.none()
    piece = found.for_list().first()
    if piece is None or piece.labelled_at is None:
        raise Denied("not_found", _("There is no such record."), status=404)
    repair = piece.repair
    with translation.override(actor.language):
        title = _("Customer's property")
        return Contents(
            template="label.typ",
            form="repair_label",
            title=title,
            number=str(piece),
            language=actor.language,
            path=piece.get_absolute_url(),
            data={
                "notice": _("Not our stock. Do not use, move or scrap without the repair's number."),
                "facts": [
                    [_("RMA number"), str(piece)],
                    [_("Customer"), f"{repair.plant.customer.name}, {repair.plant.name}"],
                    [_("Material"), product_name(piece)],
                    [_("Serial number"), piece.known_serial or "–"],
                    [_("Status"), str(piece.get_status_display())],
                    [_("Received"), day(piece.received_at)],
                    [_("Storage place"), piece.storage_place or "–"],
                ],
            },
            file_name=f"{title} {piece}.pdf".replace("/", "-"),
        )
