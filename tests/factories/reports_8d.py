"""A Catena-X Report8D as a customer's system writes it when it complains."""

import itertools
from typing import Any

number = itertools.count(1)
#: By what a customer's system knows a complaint.
IDENTIFIED = {
    "customer_reference": "OE-123", "customer_part": "P 12", "customer_order": "PO 4711", "customer_bpn": "BPNL0123456789ZZ",
    "supplier_number": "RB-206",
}  # fmt: skip


def report_file(reference: str = "") -> dict[str, Any]:
    """A report with header and problem; each has a number of its own unless told."""
    contact = {
        "companyName": "ACME Inc.", "city": "Detroit", "country": "USA", "bpnlProperty": "BPNL0123456789ZZ", "email": "ada@acme.example",
    }  # fmt: skip
    part = {"customerPartNumber": "P 12", "orderNumber": "PO 4711", "serialNumber": "SN 1", "hwVersion": "H001"}
    return {
        "header": {
            "complaintDate": "2026-01-05", "lastRevisionDate": "2026-01-06", "customerComplaintId": reference or f"OE-{next(number)}",
            "supplierId": "RB-206", "qualityTaskId": "430f56d3-1234-1234-1234-abc123456789", "customerContact": contact, "parts": [part],
            "additionalInformationList": [{"key": "Steel quality", "value": "Stainless"}], "title": "Belts tear",
        },
        "stepD2": {
            "symptomDescription": "Belts tear at the joint", "problemDescription": "The line slows down",
            "riskAssessmentStarted": "2026-01-05",
        },
    }  # fmt: skip
