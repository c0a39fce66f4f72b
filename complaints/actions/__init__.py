"""The verbs of complaints: taken in, registered, confirmed to the customer, told apart from duplicates; who is on call."""

from complaints.actions.on_call import edit_on_call, plan_on_call, remove_on_call
from complaints.actions.receipts import send_receipt
from complaints.actions.receiving import (
    edit_complaint,
    mark_duplicate,
    receive_complaint,
    register_complaint,
    withdraw_complaint,
)

__all__ = [
    "edit_complaint",
    "edit_on_call",
    "mark_duplicate",
    "plan_on_call",
    "receive_complaint",
    "register_complaint",
    "remove_on_call",
    "send_receipt",
    "withdraw_complaint",
]
