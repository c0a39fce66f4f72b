"""Taking a customer's Catena-X Report8D file in as a complaint: what it must say is looked at field by field, and their identifiers stay as they are."""

import json
import re
from datetime import date
from typing import Any

from django.core.files.base import ContentFile
from django.utils.translation import gettext_lazy as _

from accounts.models import Contact, Plant
from catalog.actions.rows import refuse
from catalog.models import CustomerItem, Product
from complaints.actions.receiving import receive_complaint
from complaints.models import Complaint
from complaints.models.exchange import BPN
from kam.core.characters import as_kept, unkept
from kam.core.documents import Document, attach_document, standard_type
from kam.core.verbs import verb
from kam.core.workflow import Denied
from orders.models import Order

MOST_BYTES, MOST_LETTERS, MOST_PARTS = 500_000, 4000, 20
EMAIL = r"^[^@\s]+@[^@\s]+$"
#: What a header must say, as the published schema has it, and which form it has.
NEEDED: dict[str, str] = {
    "complaintDate": "day", "lastRevisionDate": "day", "customerComplaintId": "text", "supplierId": "text",
    "customerContact.companyName": "text", "customerContact.city": "text", "customerContact.country": "text",
    "customerContact.bpnlProperty": BPN, "customerContact.email": EMAIL,
}  # fmt: skip
OF_A_PART = {"customerPartNumber": "text", "orderNumber": "text"}
#: What it may say, where it says it as a text; names as in the schema.
ALLOWED = {"title", "supplierComplaintId", "complaintLocation", "supplierName", "qualityTaskId"}
OF_A_CONTACT = {"companyName", "street", "city", "postalCode", "country", "bpnlProperty", "email", "phoneNumber"}
OF_ANY_PART = {
    "supplierPartNumber", "customerPartNumber", "orderNumber", "serialNumber", "batchNumber", "partName", "hwVersion", "partId",
}  # fmt: skip
#: Longer than what a complaint keeps of it.
LONGEST = {
    "customerComplaintId": 35,
    "supplierId": 35,
    "customerPartNumber": 35,
    "orderNumber": 35,
    "batchNumber": 40,
    "serialNumber": 60,
}


def parsed(data: bytes) -> Any:
    """What a file says as JSON. Raises Denied at the field `file` for what is no such file."""
    if len(data) > MOST_BYTES:
        raise Denied("file_too_large", _("This file is larger than any 8D report. Choose another."), field="file", status=400)
    try:
        report = json.loads(data.decode("utf-8-sig"))
    except (UnicodeDecodeError, ValueError, RecursionError):
        raise Denied("no_json", _("This is not a JSON file. Choose the 8D report as the customer's system wrote it."), field="file", status=400) from None  # fmt: skip
    fault = unkept(report)
    if fault:
        raise Denied(*fault, field="file", status=400)
    return report


class _Reader:
    """Reads texts at a path and keeps what is wrong, each at its field."""

    def __init__(self) -> None:
        self.wrong: list[Denied] = []

    def refuse(self, path: str, code: str, text: Any) -> None:
        self.wrong.append(Denied(code, f"{path}: {text}", field=path, status=400))

    def node(self, value: Any, path: str) -> dict[str, Any]:
        if isinstance(value, dict):
            return value
        self.refuse(path, "no_object", _("Here an object is expected."))
        return {}

    def text(self, node: dict[str, Any], name: str, path: str, form: str = "") -> str:
        value = node.get(name)
        place = f"{path}.{name}"
        if value is None and not form:
            return ""
        if not isinstance(value, str) or "\x00" in value or len(value) > LONGEST.get(name, MOST_LETTERS):
            text = _("This field is required.") if value is None else _("Here a text of a sensible length is expected.")
            self.refuse(place, "required" if value is None else "no_text", text)
            return ""
        if form and not value.strip():
            self.refuse(place, "required", _("This field is required."))
        elif form == "day" and not _is_day(value):
            self.refuse(place, "no_day", _("Here a day as YYYY-MM-DD is expected."))
        elif form not in ("", "text", "day") and not re.fullmatch(form.strip("^$"), value):
            self.refuse(place, "no_such_form", _("This does not have the form that is expected here."))
        return str(as_kept(value)).strip()

    def pairs(self, node: dict[str, Any], path: str) -> list[dict[str, str]]:
        rows = node.get("additionalInformationList") or []
        place = f"{path}.additionalInformationList"
        if not isinstance(rows, list) or len(rows) > MOST_PARTS * 5:
            self.refuse(place, "no_list", _("Here a list is expected."))
            return []
        found = []
        for number, row in enumerate(rows):
            pair = self.node(row, f"{place}.{number}")
            found.append({name: self.text(pair, name, f"{place}.{number}", "text") for name in ("key", "value")})
        return found


def _is_day(value: str) -> bool:
    try:
        found = date.fromisoformat(value)
    except ValueError:
        return False
    return len(value) == 10 and 1900 <= found.year < 2200


def header_of(report: Any) -> tuple[dict[str, Any], dict[str, str]]:
    """The header of a report as it is kept, and what its problem (D2) says. Raises Denied with everything that is wrong, each at its field."""
    reader = _Reader()
    whole = reader.node(report, "report")
    head = reader.node(whole.get("header"), "header")
    kept: dict[str, Any] = {name: reader.text(head, name, "header") for name in sorted(ALLOWED)}
    contact = reader.node(head.get("customerContact"), "header.customerContact")
    kept["customerContact"] = {name: reader.text(contact, name, "header.customerContact") for name in sorted(OF_A_CONTACT)}
    for path, form in NEEDED.items():
        where, _dot, name = path.rpartition(".")
        text = reader.text(contact if where else head, name, f"header.{where}" if where else "header", form)
        if not where:
            kept[name] = text
    if isinstance(head.get("supplierContact"), dict):
        ours = head["supplierContact"]
        kept["supplierContact"] = {name: reader.text(ours, name, "header.supplierContact") for name in sorted(OF_A_CONTACT)}
    parts = head.get("parts")
    if not isinstance(parts, list) or not 1 <= len(parts) <= MOST_PARTS:
        reader.refuse("header.parts", "no_parts", _("Here one to %(most)d parts are expected.") % {"most": MOST_PARTS})
        parts = []
    kept["parts"] = []
    for number, row in enumerate(parts):
        place = f"header.parts.{number}"
        part = reader.node(row, place)
        kept["parts"].append({name: reader.text(part, name, place, OF_A_PART.get(name, "")) for name in sorted(OF_ANY_PART)})
    kept["additionalInformationList"] = reader.pairs(head, "header")
    said = whole.get("stepD2") or {}
    problem = reader.node(said, "stepD2")
    words = {name: reader.text(problem, name, "stepD2") for name in ("symptomDescription", "problemDescription", "errorLocation")}
    refuse(_once(reader.wrong))
    return _without_blanks(kept), words


def _once(wrong: list[Denied]) -> list[Denied]:
    """Every field is refused once, whoever looked at it first."""
    return list({denied.field: denied for denied in wrong}.values())


def _without_blanks(node: Any) -> Any:
    if isinstance(node, dict):
        return {name: _without_blanks(value) for name, value in node.items() if value not in ("", [], {})}
    return [_without_blanks(value) for value in node] if isinstance(node, list) else node


@verb("complaints.import_report", _("Take in an 8D file"))
def import_report(model: type[Complaint], *, actor: Any, reason: str = "", plant: Plant, report: Any) -> Complaint:
    """Take a customer's Report8D in as a complaint of one of their plants, its departments alerted like for every other; the file stays with it.

    The same complaint of the same customer is not taken in twice. Raises Denied.
    """
    head, words = header_of(report)
    known = Complaint.objects.filter(plant__customer=plant.customer_id, customer_reference__iexact=head["customerComplaintId"])
    if known.exclude(status__in=Complaint.VOID).exists():
        text = _("A complaint of this customer with this number was taken in already.")
        raise Denied("taken_in_already", text, field="header.customerComplaintId", status=400)
    part = head["parts"][0]
    lines = dict.fromkeys(filter(None, (words["symptomDescription"], words["problemDescription"])))
    contact = Contact.objects.visible_to(actor).filter(
        customer=plant.customer_id, email__iexact=head["customerContact"]["email"], is_active=True
    )
    complaint = receive_complaint(
        Complaint, actor=actor, plant=plant, kind=Complaint.Kind.QUALITY, channel=Complaint.Channel.PORTAL,
        text="\n\n".join(lines)[:4000] or head.get("title") or head["customerComplaintId"],
        customer_reference=head["customerComplaintId"], customer_part=part["customerPartNumber"], customer_order=part["orderNumber"],
        serial=part.get("serialNumber", ""), batch=part.get("batchNumber", ""), detected_at=words["errorLocation"][:160],
        customer_bpn=head["customerContact"]["bpnlProperty"], supplier_number=head["supplierId"],
        notified_on=date.fromisoformat(head["complaintDate"]), contact=contact.order_by("pk").first(),
        product=_product(plant, part, actor), order=_order(plant, part, actor),
    )  # fmt: skip
    complaint.exchanged_header = head
    complaint.save()
    name = f"Report8D {complaint.customer_reference}.txt".replace("/", "-")
    content = ContentFile(json.dumps(report, indent=1, ensure_ascii=False).encode(), name=name)
    attach_document(
        Document, actor=actor, record=complaint, type=standard_type("other"), file=content, title=name[:200],
        number=complaint.customer_reference,
    )  # fmt: skip
    return complaint


def _product(plant: Plant, part: dict[str, str], actor: Any) -> Product | None:
    """The product by the customer's part number, else by ours."""
    seen = Product.objects.visible_to(actor)
    items = CustomerItem.objects.filter(customer=plant.customer_id, part_number__iexact=part["customerPartNumber"])
    found: Product | None = seen.filter(pk__in=items.values("product")).order_by("pk").first()
    return found or seen.filter(code__iexact=part.get("supplierPartNumber", "")).first()


def _order(plant: Plant, part: dict[str, str], actor: Any) -> Order | None:
    """The customer's order by their number, if it is the actor's to see."""
    seen = Order.objects.visible_to(actor).filter(customer=plant.customer_id, customer_reference__iexact=part["orderNumber"])
    found: Order | None = seen.order_by("-received_at", "-pk").first()
    return found
