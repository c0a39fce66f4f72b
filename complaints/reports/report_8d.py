"""A complaint as Catena-X Report8D 1.0.0: its stages as far as they are written, with the customer's own identifiers (docs/decisions/report-8d.md).

The names of the fields are those of the published aspect model (CC-BY-4.0).
"""

import re
from datetime import date, datetime
from typing import Any

from django.utils import translation
from django.utils.translation import gettext_lazy as _

from accounts.countries import country_name
from catalog.models import CustomerItem
from complaints.models import Cause, Complaint, ComplaintAction
from kam.core.workflow import Denied, Refusals

Node = dict[str, Any]
#: Statuses from which the containment (D3) can be told.
TOLD = frozenset(
    {"containment", "analysis", "action_defined", "action_implemented", "prevention", "answer_sent", "closed", "effective", "reopened"}
)  # fmt: skip
TYPES = {Cause.Kind.OCCURRENCE: "TUA", Cause.Kind.NON_DETECTION: "TUN", Cause.Kind.SYSTEM: "SUA"}
EMAIL = re.compile(r"^[a-zA-Z0-9.!#$%&?*+\\/=?^_`{|}~-]+@[a-zA-Z0-9-]+(?:\.[a-zA-Z0-9-]+)*$")


def why_not_told(complaint: Complaint) -> Denied | None:
    """Why there is no such report yet: it begins with the containment, and names the customer as their systems do."""
    if complaint.status not in TOLD or not complaint.containment.exists():
        return Denied("no_containment", _("The 8D goes out as a file from the containment (D3) on."))
    wrong = [
        Denied("identifier_missing", _("For the 8D as a file this is still missing: %(what)s.") % {"what": what}, field=field)
        for field, what in _missing(complaint)
    ]
    return Refusals(wrong) if len(wrong) > 1 else wrong[0] if wrong else None


def _missing(complaint: Complaint) -> list[tuple[str, Any]]:
    identity = identity_of(complaint)
    contact = complaint.contact
    known = "customerContact" in complaint.exchanged_header
    return [
        (field, what)
        for field, what, there in (
            ("customer_reference", _("customer's complaint number"), complaint.customer_reference),
            ("customer_part", _("customer part number"), identity["part"]),
            ("customer_order", _("customer's order number"), identity["order"]),
            ("customer_bpn", _("customer's business partner number (BPNL)"), known or identity["bpn"]),
            ("supplier_number", _("our number as the customer's supplier"), identity["supplier"]),
            ("contact", _("a contact with an e-mail address"), known or (contact is not None and EMAIL.match(contact.email))),
        )
        if not there
    ]


def identity_of(complaint: Complaint) -> dict[str, str]:
    """The identifiers by which the customer knows it: what the complaint says, else what its order, item or the last complaint says."""
    earlier = Complaint.objects.filter(plant__customer=complaint.plant.customer_id).order_by("-received_at", "-pk")

    def last(name: str) -> str:
        own: str = getattr(complaint, name)
        return own or earlier.exclude(**{name: ""}).values_list(name, flat=True).first() or ""

    part, order = complaint.customer_part, complaint.customer_order
    if not part and complaint.product_id is not None:
        items = CustomerItem.objects.filter(customer=complaint.plant.customer_id, product=complaint.product_id)
        part = items.order_by("pk").values_list("part_number", flat=True).first() or ""
    if not order and complaint.order is not None:
        order = complaint.order.customer_reference
    return {"part": part, "order": order, "bpn": last("customer_bpn"), "supplier": last("supplier_number")}


def report_8d(complaint: Complaint) -> Node:
    """The report as it stands. Raises Denied before D3 and while an identifier is missing."""
    denied = why_not_told(complaint)
    if denied is not None:
        raise denied
    report = {
        "header": _header(complaint), "stepD1": _team(complaint), "stepD2": _problem(complaint), "stepD3": _containment(complaint),
    }  # fmt: skip
    if causes := _causes(complaint):
        report["stepD4"] = {"causes": causes}
    corrective = list(complaint.actions.filter(discipline="corrective").select_related("cause", "owner"))
    if corrective:
        report["stepD5"] = {"definePermanentCorrectiveActions": [_measure(one) for one in corrective]}
    if done := [one for one in corrective if one.done_on]:
        report["stepD6"] = {"implementedCorrectiveMeasures": [_measure(one) for one in done]}
    if complaint.lessons:
        preventive = complaint.actions.filter(discipline="preventive").select_related("cause", "owner")
        report["stepD7"] = {
            "errorPreventiveMeasures": [_measure(one) for one in preventive],
            "additionalInformationList": _pairs(
                ("FMEA, control plan, instructions", complaint.prevention_papers),
                ("Similar products and locations", complaint.prevention_similar),
                ("Lessons learned", complaint.lessons),
            ),
        }
    if complaint.closed_at is not None and complaint.status in ("closed", "effective"):
        report["stepD8"] = {
            "resultAssesment": complaint.effectiveness or complaint.answer,
            "closingDate": _day(complaint.closed_at),
        }
    return report


def _day(moment: date | datetime) -> str:
    return (moment.date() if isinstance(moment, datetime) else moment).isoformat()


def _said(**values: Any) -> Node:
    """What is known; what is not is left out."""
    return {name: value for name, value in values.items() if value not in (None, "", [])}


def _pairs(*pairs: tuple[str, str]) -> list[Node]:
    return [{"key": key, "value": value} for key, value in pairs if value]


def _number(complaint: Complaint, value: Any) -> str:
    return "" if value is None else f"{value.normalize():f} {complaint.unit}"


def _header(complaint: Complaint) -> Node:
    """What the customer's file said stays, whatever it said besides; ours stand beside it."""
    identity, kept = identity_of(complaint), dict(complaint.exchanged_header)
    parts = kept.get("parts") or [{}]
    part = _said(
        supplierPartNumber=complaint.product.code if complaint.product else "",
        customerPartNumber=identity["part"],
        orderNumber=identity["order"],
        serialNumber=complaint.serial,
        batchNumber=complaint.batch,
        partName=complaint.product.name if complaint.product else "",
    )
    quantities = _pairs(
        *(
            (name, _number(complaint, getattr(complaint, name)))
            for name in ("delivered", "claimed", "returned", "confirmed", "unjustified")
        )
    )
    own = _said(
        complaintDate=_day(complaint.notified_on or complaint.received_at),
        title=kept.get("title") or complaint.text.splitlines()[0][:200],
        customerComplaintId=complaint.customer_reference,
        complaintLocation=kept.get("complaintLocation") or complaint.plant.name,
        supplierId=identity["supplier"],
    )
    return (
        kept
        | own
        | {
            "complaintDate": kept.get("complaintDate") or own["complaintDate"],
            "lastRevisionDate": _day(complaint.updated_at),
            "supplierComplaintId": complaint.number,
            "supplierName": kept.get("supplierName") or complaint.producing_location.name,
            "customerContact": kept.get("customerContact") or _contact(complaint, identity["bpn"]),
            "parts": [part | parts[0], *parts[1:]],
            "additionalInformationList": [*_others(kept), *quantities],
        }
    )


def _others(kept: Node) -> list[Node]:
    """What the customer's file said as pairs, without the quantities that are ours to say."""
    ours = {"delivered", "claimed", "returned", "confirmed", "unjustified"}
    return [pair for pair in kept.get("additionalInformationList", []) if pair["key"] not in ours]


def _contact(complaint: Complaint, bpn: str) -> Node:
    customer, contact = complaint.plant.customer, complaint.contact
    with translation.override("en"):
        country = str(country_name(customer.country))
    return {
        "companyName": customer.name, "city": customer.city or complaint.plant.city, "country": country, "bpnlProperty": bpn,
        "email": contact.email if contact else "",
        **_said(street=customer.address, postalCode=customer.postal_code, phoneNumber=_phone(contact.phone if contact else "")),
    }  # fmt: skip


def _phone(text: str) -> str:
    """A number as the schema takes it: digits, blanks and a plus in front."""
    kept = re.sub(r"[^0-9 ]", "", text).strip()
    return f"+{kept}" if kept and text.strip().startswith("+") else kept


def _person(person: Any, role: str) -> Node:
    return {"name": str(person), "email": person.email, **_said(role=role, phoneNumber=_phone(person.phone))}


def _team(complaint: Complaint) -> Node:
    people = list(complaint.team.select_related("person"))
    champion = next((one.person for one in people if one.part == "champion"), None)
    leader = complaint.leader
    contact = leader or champion
    return _said(
        sponsor=_person(champion, "champion") if champion else None,
        teamLeader=_person(leader, "leader") if leader else None,
        contactPerson=_person(contact, "leader") if contact else None,
        teamMembers=[_person(one.person, "member") for one in people if one.part != "champion"],
    )


def _problem(complaint: Complaint) -> Node:
    facts = {one.question: one for one in complaint.problem.all()}
    what = facts.get("what")
    pairs = [
        (f"{one.question} {side}", text)
        for one in facts.values()
        for side, text in (("is", one.occurs), ("is not", one.absent), ("difference", one.difference))
    ]
    assessed = complaint.assessed_at or complaint.received_at
    return {
        "symptomDescription": complaint.text,
        "problemDescription": what.occurs if what else complaint.text,
        "riskAssessmentStarted": _day(assessed),
        **_said(errorType=complaint.defect, errorLocation=complaint.detected_at, additionalInformationList=_pairs(*pairs)),
    }


def _containment(complaint: Complaint) -> Node:
    """One line for each place that somebody looked at; zero is told like every other number."""
    rows = list(complaint.containment.select_related("responsible"))
    lines = [
        {
            "proofOfEffectiveness": one.result or ("0" if one.quantity == 0 else ""),
            "introductionDate": _day(one.introduced_on or one.effective_from or one.created_at),
            **_said(responsiblePerson=str(one.responsible or "")),
        }
        for one in rows
    ]
    pairs = [(one.place, " ".join(part for part in (_number(complaint, one.quantity), one.action) if part)) for one in rows]
    return {"descriptionOfInterimContainmentActions": lines, "additionalInformationList": _pairs(*pairs)}


def _causes(complaint: Complaint) -> list[Node]:
    return [
        {
            "typeOfCauses": TYPES[Cause.Kind(one.kind)],
            "causeHypothesisDescription": one.text,
            "clarificationDate": _day(one.updated_at),
            "result": one.verification,
            "method": "5why" if one.parent_id else "ishikawa",
            "errorCauseCategory": one.category,
        }
        for one in complaint.causes.order_by("pk")
    ]


def _measure(action: ComplaintAction) -> Node:
    status = "closed" if action.verified_on else "in progress" if action.done_on else "open"
    return {
        "measure": action.text, "introductionDate": _day(action.done_on or action.due_on), "proofOfEffectiveness": action.proof,
        "responsiblePerson": str(action.owner), "status": status, **_said(causeAssignment=action.cause.text if action.cause else ""),
    }  # fmt: skip
