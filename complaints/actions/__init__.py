"""The verbs of complaints: taken in, confirmed to the customer, assessed, answered, closed, reopened; customers' deadlines; who is on call."""

from complaints.actions.assessing import (
    ask_parts,
    assess_complaint,
    decline_rejection,
    note_parts,
    propose_rejection,
    recognise_defect,
    reject_complaint,
)
from complaints.actions.closing import (
    close_complaint,
    confirm_effectiveness,
    note_reply,
    remind_customer,
    reopen_complaint,
    send_answer,
)
from complaints.actions.deadline_rows import create_deadline, edit_deadline, remove_deadline
from complaints.actions.on_call import edit_on_call, plan_on_call, remove_on_call
from complaints.actions.receipts import send_receipt
from complaints.actions.receiving import (
    edit_complaint,
    mark_duplicate,
    receive_complaint,
    register_complaint,
    withdraw_complaint,
)
from complaints.actions.repair_arrivals import (
    issue_receipt_note,
    label_piece,
    receive_piece,
    settle_mismatch,
    start_diagnosis,
    take_in_unannounced,
)
from complaints.actions.repair_letters import send_repair_letter
from complaints.actions.repair_requests import (
    add_piece,
    authorise_repair,
    edit_piece,
    edit_repair,
    note_dispatch,
    request_repair,
    strike_piece,
    withdraw_repair,
)

__all__ = [
    "add_piece",
    "ask_parts",
    "assess_complaint",
    "authorise_repair",
    "close_complaint",
    "confirm_effectiveness",
    "create_deadline",
    "decline_rejection",
    "edit_complaint",
    "edit_deadline",
    "edit_on_call",
    "edit_piece",
    "edit_repair",
    "issue_receipt_note",
    "label_piece",
    "mark_duplicate",
    "note_dispatch",
    "note_parts",
    "note_reply",
    "plan_on_call",
    "propose_rejection",
    "receive_complaint",
    "receive_piece",
    "recognise_defect",
    "register_complaint",
    "reject_complaint",
    "remind_customer",
    "remove_deadline",
    "remove_on_call",
    "reopen_complaint",
    "request_repair",
    "send_answer",
    "send_receipt",
    "send_repair_letter",
    "settle_mismatch",
    "start_diagnosis",
    "strike_piece",
    "take_in_unannounced",
    "withdraw_complaint",
    "withdraw_repair",
]
