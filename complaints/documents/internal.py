"""Our own prints about complaints, in their reader's language: the label that keeps complained goods apart, and the request of a credit note (domain 6)."""

from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.documents import letterhead
from accounts.models.deciding import DECIDES
from complaints.actions.receiving import label_key
from complaints.actions.settling import why_no_credit
from complaints.models import Complaint, Settlement
from kam.core import formats
from kam.core.formats import day
from kam.core.printing import Contents
from kam.core.workflow import Denied
from orders.models import Order


def found(rows: Any, key: str) -> Any:
    """The one of these rows that a key names. Raises Denied where there is none."""
    one = rows.filter(pk=int(key)).for_list().first() if str(key).isdecimal() and len(str(key)) < 19 else None
    if one is None:
        raise Denied("not_found", _("There is no such record."), status=404)
    return one


def complaint_label(key: str, *, actor: Any) -> Contents:
    """The label of complained goods: what they are, how many, and that nobody uses them, with the code that leads to the complaint.

    Raises Denied.
    """
    complaint = found(Complaint.objects.visible_to(actor), key)
    label_key(complaint, actor)
    with translation.override(actor.language):
        title = pgettext("label", "Complaint")
        product = f"{complaint.product.code} {complaint.product.name}" if complaint.product else "–"
        counted = complaint.returned if complaint.returned is not None else complaint.claimed
        facts = [
            (pgettext("complaint", "Number"), complaint.number),
            (_("Customer"), f"{complaint.plant.customer.name}, {complaint.plant.name}"),
            (_("Product"), product),
            (_("Batch"), complaint.batch),
            (_("Serial number"), complaint.serial),
            (_("Quantity"), f"{formats.number(counted, 0, most=3)} {complaint.get_unit_display()}" if counted is not None else "–"),
        ]  # fmt: skip
        return Contents(
            template="label.typ",
            form="complaint_label",
            title=title,
            number=complaint.number,
            language=actor.language,
            path=complaint.get_absolute_url(),
            data={
                "notice": _("BLOCKED. Do not use, move, ship or scrap before quality releases it."),
                "facts": [[label, text] for label, text in facts if text],
            },
            file_name=f"{title} {complaint.number}.pdf".replace("/", "-"),
        )


def credit_request(key: str, *, actor: Any) -> Contents:
    """What finance writes a credit note by: customer, papers, line and amount, reason, and who approved it; no cost stands in it.

    Raises Denied.
    """
    settlement = found(Settlement.objects.visible_to(actor), key)
    denied = why_no_credit(settlement)
    if denied is not None:
        raise denied
    complaint = settlement.complaint
    with translation.override(actor.language):
        title = _("Request of a credit note")
        return Contents(
            template="sheet.typ",
            form="credit_request",
            title=title,
            number=complaint.number,
            language=actor.language,
            path=settlement.get_absolute_url(),
            letterhead=letterhead(complaint.selling_location, actor.language),
            draft=settlement.decided_at is None,
            confidential=True,
            data={
                "subtitle": str(settlement.get_remedy_display()),
                "addressee": _customer(complaint),
                "reference": _papers(complaint, actor),
                "blocks": [*_line(settlement), *_reason(settlement), *_approval(settlement)],
            },
            file_name=f"{title} {complaint.number}.pdf".replace("/", "-"),
        )


def _customer(complaint: Complaint) -> list[str]:
    customer = complaint.plant.customer
    vat = _("VAT number %(number)s") % {"number": customer.vat_id} if customer.vat_id else ""
    return [row for row in (f"{customer.code} {customer.name}", complaint.plant.name, vat) if row]


def _papers(complaint: Complaint, actor: Any) -> list[list[str]]:
    order = Order.objects.visible_to(actor).filter(pk=complaint.order_id or 0).first()
    rows = [
        (_("Complaint"), complaint.number),
        (_("Customer's complaint number"), complaint.customer_reference),
        (_("Received"), day(complaint.received_at)),
        (_("Invoice"), complaint.invoice),
        (_("Delivery note"), complaint.delivery_note),
        (_("Order"), order.name if order is not None else ""),
        (_("Customer's order number"), order.customer_reference if order is not None else ""),
    ]
    return [[label, text] for label, text in rows if text]


def _line(settlement: Settlement) -> list[dict[str, Any]]:
    """The line of the credit note."""
    complaint, amount = settlement.complaint, formats.money(settlement.amount, settlement.currency)
    counted = complaint.confirmed if complaint.confirmed is not None else complaint.claimed
    product = (
        f"{complaint.product.code} {complaint.product.name}"
        if complaint.product
        else complaint.delivery_note or complaint.invoice
    )
    quantity = f"{formats.number(counted, 0, most=3)} {complaint.get_unit_display()}" if counted is not None else "–"
    columns = [
        {"label": _("Product")}, {"label": _("Customer part number"), "width": 38}, {"label": _("Batch"), "width": 26},
        {"label": _("Quantity"), "width": 26, "number": True}, {"label": _("Amount"), "width": 34, "number": True},
    ]  # fmt: skip
    rows = [[product or "–", complaint.customer_part or "–", complaint.batch or complaint.serial or "–", quantity, amount]]
    totals = [[_("To be credited, before tax"), "", "", "", amount]]
    return [
        {"kind": "heading", "text": _("To be credited")},
        {"kind": "table", "columns": columns, "rows": rows, "totals": totals},
    ]


def _reason(settlement: Settlement) -> list[dict[str, Any]]:
    complaint = settlement.complaint
    pairs = [
        [_("What is wrong"), complaint.text],
        [_("Defect"), str(complaint.get_defect_display())],
        [_("Note"), settlement.note],
        [_("Status of the complaint"), str(complaint.get_status_display())],
        [_("Analysis"), _("before the analysis") if settlement.unverified else ""],
    ]
    return [
        {"kind": "heading", "text": _("Reason")},
        {"kind": "facts", "width": 44, "pairs": [pair for pair in pairs if pair[1]]},
    ]


def _approval(settlement: Settlement) -> list[dict[str, Any]]:
    """Who proposed and who approved it, and by which document it was carried out."""
    decides = str(DECIDES[settlement.level].label) if settlement.level else _("Within the proposer's own limit")
    rows = [
        [_("Proposed"), str(settlement.proposed_by or "–"), formats.moment(settlement.created_at), ""],
        [_("Approved"), str(settlement.decided_by or "–"), formats.moment(settlement.decided_at) if settlement.decided_at else "–", decides],
    ]  # fmt: skip
    if settlement.done_at is not None:
        rows.append([_("Carried out"), "–", formats.moment(settlement.done_at), settlement.reference])
    columns = [
        {"label": _("Step"), "width": 34}, {"label": _("Who")}, {"label": _("When"), "width": 38}, {"label": _("By which right or document"), "width": 56},
    ]  # fmt: skip
    return [{"kind": "heading", "text": _("Approvals")}, {"kind": "table", "columns": columns, "rows": rows, "totals": []}]
