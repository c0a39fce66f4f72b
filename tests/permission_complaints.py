"""The table of rights of complaints: whoever hears one takes it in, sales and quality go on with it; on call plans who is there."""

from typing import Any

from tests.permission_rows import Row, form, lists, many, one, posts, reads
from tests.world_people import LONG_AGO

HEARING, WRITING, OFFICE, PLANNING = "arsbtqplfem", "arsbtqplfe", "arsbq", "rsbtqplfe"
QUALITY, ACCOUNT, RECOGNISING, IMPOSING = "q", "as", "qs", "arsq"
ACKNOWLEDGED, ASSESSED, SENT = {"status": "acknowledged"}, {"status": "assessed"}, {"status": "answer_sent"}
FOUND = {"status": "assessed", "rejection": "It is within the drawing."}
#: Each verb of the process: its address, who may, and where the complaint stands before it.
PROCESS: dict[str, tuple[str, dict[str, Any]]] = {
    "assess": (QUALITY, ACKNOWLEDGED),
    "answer": (OFFICE, ASSESSED),
    "remind": (OFFICE, SENT),
    "reply": (OFFICE, SENT),
    "close": (QUALITY, SENT | {"acceptance": "accepted"}),
    "effective": (QUALITY, {"status": "closed", "acceptance": "accepted"}),
    "reopen": (OFFICE, {"status": "closed", "acceptance": "accepted"}),
    "ask_parts": (OFFICE, ASSESSED),
    "note_parts": (OFFICE, ASSESSED | {"parts_asked_at": LONG_AGO}),
    "propose_rejection": (QUALITY, ASSESSED),
    "reject": (ACCOUNT, FOUND),
    "decline_rejection": (ACCOUNT, FOUND),
    "recognise": (RECOGNISING, ASSESSED),
}
#: Where the interface calls a verb otherwise.
CALLED = {
    "answer": "send-answer", "reply": "note-reply", "effective": "confirm-effectiveness", "recognise": "recognise-defect",
}  # fmt: skip
TEAM = "tqpl"
SETTLING, DECIDING, CARRYING, COSTING = "ars", "sm", "arsbqlfe", "arsf"
APPROVED = {"status": "approved", "decided_at": LONG_AGO}
OPEN = {"done_on": None, "proof": "", "verified_on": None, "verified_by": None}
DONE = {"done_on": "2026-01-07", "proof": "Record of the oven", "verified_on": None, "verified_by": None}
#: The disciplines, on a complaint whose causes are found and whose actions are verified.
WORKING: dict[str, tuple[str, dict[str, Any]]] = {
    "team": (TEAM, {}),
    "problem": (TEAM, {}),
    "containment": (TEAM, {"status": "assessed"}),
    "contained": (OFFICE, {"status": "containment"}),
    "define": (QUALITY, {}),
    "implement": (QUALITY, {"status": "action_defined"}),
    "prevention": (TEAM, {"status": "action_implemented"}),
}
WORKS = {
    "team": "write-team", "problem": "write-problem", "containment": "write-containment", "contained": "finish-containment",
    "define": "define-actions", "implement": "implement-actions", "prevention": "write-prevention",
}  # fmt: skip

COMPLAINTS: dict[str, Row] = {
    "complaints:complaint_list": lists(),
    "complaints:complaint_audit": reads(),
    "api:complaint-sample": reads(),
    "complaints:complaint_figures": reads(),
    "api:complaint-figures": reads(),
    "complaints:complaint_report_8d": reads("worked"),
    "api:complaint-report-8d": reads("worked"),
    "complaints:complaint_import": form("", HEARING),
    "api:complaint-import-report": posts("", HEARING),
    "complaints:complaint_create": form("", HEARING),
    "complaints:complaint_find": reads("", HEARING),
    "complaints:complaint_detail": reads("complaint"),
    "complaints:complaint_edit": form("complaint", WRITING),
    "complaints:complaint_register": form("received_complaint", OFFICE),
    "complaints:complaint_receipt": form("complaint", OFFICE),
    "complaints:complaint_duplicate": form("complaint", OFFICE),
    "complaints:complaint_withdraw": form("complaint", OFFICE),
    **{f"complaints:complaint_{name}": form("complaint", who, **before) for name, (who, before) in PROCESS.items()},
    **{
        f"api:complaint-{CALLED.get(name, name.replace('_', '-'))}": posts("complaint", who, **before)
        for name, (who, before) in PROCESS.items()
    },
    **{f"complaints:complaint_{name}": form("worked", who, **before) for name, (who, before) in WORKING.items()},
    **{f"api:complaint-{call}": posts("worked", *WORKING[name][:1], **WORKING[name][1]) for name, call in WORKS.items()},
    "complaints:complaint_eight_d": reads("complaint"),
    "api:complaint-eight-d": reads("complaint"),
    "complaints:cause_create": form("worked", TEAM),
    "complaints:cause_edit": form("cause", TEAM),
    "complaints:cause_remove": form("cause", TEAM),
    "complaints:action_create": form("worked", TEAM),
    "complaints:action_edit": form("action", TEAM, **OPEN),
    "complaints:action_finish": form("action", WRITING, **OPEN),
    "complaints:action_verify": form("action", TEAM, **DONE),
    "api:complaint_cause-list": many(TEAM),
    "api:complaint_cause-detail": one("cause", TEAM, TEAM),
    "api:complaint_action-list": many(TEAM),
    "api:complaint_action-detail": one("action", TEAM),
    "api:complaint_action-finish": posts("action", WRITING, **OPEN),
    "api:complaint_action-verify": posts("action", TEAM, **DONE),
    "complaints:complaint_print_receipt": posts("complaint", "*"),
    "complaints:complaint_print_label": posts("complaint", "*"),
    "complaints:complaint_print_3d": posts("complaint", "*"),
    "complaints:complaint_print_8d": posts("complaint", "*"),
    "api:complaint-print-receipt": posts("complaint", "*"),
    "api:complaint-print-label": posts("complaint", "*"),
    "api:complaint-print-3d": posts("complaint", "*"),
    "api:complaint-print-8d": posts("complaint", "*"),
    "complaints:complaint_settlement": reads("complaint"),
    "complaints:complaint_settle": form("complaint", SETTLING, **ASSESSED),
    "complaints:settlement_detail": reads("settlement"),
    "complaints:settlement_print_credit": posts("settlement", "*"),
    "complaints:settlement_approve": form("settlement", DECIDING),
    "complaints:settlement_decline": form("settlement", DECIDING),
    "complaints:settlement_carry_out": form("settlement", CARRYING, **APPROVED),
    "complaints:settlement_withdraw": form("settlement", SETTLING),
    "complaints:cost_create": form("worked", COSTING),
    "complaints:cost_edit": form("complaint_cost", COSTING),
    "complaints:cost_remove": form("complaint_cost", COSTING),
    "api:complaint-settle": posts("complaint", SETTLING, **ASSESSED),
    "api:complaint_settlement-list": reads(),
    "api:complaint_settlement-detail": reads("settlement"),
    "api:complaint_settlement-print-credit": posts("settlement", "*"),
    "api:complaint_letter-list": reads(),
    "api:complaint_letter-detail": reads("complaint_letter"),
    "api:complaint_letter-send": posts("complaint_letter", OFFICE),
    "complaints:complaint_letter_send": form("complaint_letter", OFFICE),
    "api:complaint_settlement-approve": posts("settlement", DECIDING),
    "api:complaint_settlement-decline": posts("settlement", DECIDING),
    "api:complaint_settlement-carry-out": posts("settlement", CARRYING, **APPROVED),
    "api:complaint_settlement-withdraw": posts("settlement", SETTLING),
    "api:complaint_cost-list": many(COSTING),
    "api:complaint_cost-detail": one("complaint_cost", COSTING, COSTING),
    "api:complaint-steps": reads("complaint"),
    "api:complaint-notice": reads("complaint"),
    "complaints:deadline_list": lists(),
    "complaints:deadline_create": form("", IMPOSING),
    "complaints:deadline_detail": reads("deadline"),
    "complaints:deadline_edit": form("deadline", IMPOSING),
    "complaints:deadline_remove": form("deadline", IMPOSING),
    "api:complaint_deadline-list": many(IMPOSING),
    "api:complaint_deadline-detail": one("deadline", IMPOSING, IMPOSING),
    "complaints:customer_complaints": reads("customer"),
    "complaints:plant_complaints": reads("plant"),
    "complaints:on_call_list": lists(),
    "complaints:on_call_create": form("", PLANNING),
    "complaints:on_call_detail": reads("on_call"),
    "complaints:on_call_edit": form("on_call", PLANNING),
    "complaints:on_call_remove": form("on_call", PLANNING),
    "api:complaint-list": many(HEARING),
    "api:complaint-detail": one("complaint", WRITING),
    "api:complaint-proof": reads("complaint"),
    "api:complaint-register": posts("received_complaint", OFFICE),
    "api:complaint-confirm-receipt": posts("complaint", OFFICE),
    "api:complaint-mark-duplicate": posts("complaint", OFFICE),
    "api:complaint-withdraw": posts("complaint", OFFICE),
    "api:on_call-list": many(PLANNING),
    "api:on_call-detail": one("on_call", PLANNING, PLANNING),
}

#: Bodies that a verb of the interface needs to succeed.
COMPLAINT_BODIES: dict[str, dict[str, Any]] = {
    "api:complaint-write-team": {},
    "api:complaint_letter-send": {"sent_to": "buyer@acme.example"},
    "api:complaint-write-problem": {"facts": [{"question": "what", "occurs": "Belts tear"}]},
    "api:complaint-write-containment": {
        "places": [{"place": place, "quantity": "0"} for place in ("customer", "transit", "stock", "wip")]
    },
    "api:complaint-finish-containment": {"sent_to": "buyer@acme.example"},
    "api:complaint-write-prevention": {"papers": "FMEA rev. 7", "similar": "Belts of 20 mm", "lessons": "Ovens have alarms"},
    "api:complaint-settle": {"remedy": "credit", "amount": "10.00"},
    "api:complaint_settlement-decline": {"reason": "Too much"},
    "api:complaint_settlement-withdraw": {"reason": "They do not want it"},
    "api:complaint_settlement-carry-out": {"reference": "NC 17"},
    "api:complaint_action-finish": {"proof": "Record of the oven"},
    "api:complaint-assess": {"severity": 3, "depth": "statement"},
    "api:complaint-send-answer": {"answer": "The joint was not cured.", "sent_to": "buyer@acme.example"},
    "api:complaint-note-reply": {"reply": "accepted"},
    "api:complaint-confirm-effectiveness": {"evidence": "No claim in 12,000 pieces."},
    "api:complaint-propose-rejection": {"grounds": "It is within the drawing."},
}
