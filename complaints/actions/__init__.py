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
from complaints.actions.causes import (
    add_action,
    add_cause,
    edit_action,
    edit_cause,
    finish_action,
    remove_cause,
    verify_action,
)
from complaints.actions.closing import (
    close_complaint,
    confirm_effectiveness,
    note_reply,
    remind_customer,
    reopen_complaint,
    send_answer,
)
from complaints.actions.costs import add_cost, edit_cost, remove_cost
from complaints.actions.deadline_rows import create_deadline, edit_deadline, remove_deadline
from complaints.actions.eight_d import (
    define_actions,
    finish_containment,
    implement_actions,
    write_containment,
    write_prevention,
    write_problem,
    write_team,
)
from complaints.actions.letters import send_letter
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
from complaints.actions.repair_charges import charge_piece, free_piece
from complaints.actions.repair_consents import approve_estimate, refuse_estimate
from complaints.actions.repair_costs import note_costs
from complaints.actions.repair_estimates import create_estimate, edit_estimate, expire_estimate, revise_estimate, send_estimate
from complaints.actions.repair_findings import decide_warranty, declare_unrepairable, note_findings
from complaints.actions.repair_letters import send_repair_letter
from complaints.actions.repair_links import answer_by_link
from complaints.actions.repair_loaners import lend_unit, take_back_unit
from complaints.actions.repair_promises import announce_delay
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
from complaints.actions.repair_returns import close_repair, exchange_piece, return_unrepaired, scrap_piece, ship_piece
from complaints.actions.repair_work import finish_repair, note_expected, record_test, start_repair
from complaints.actions.report_files import import_report
from complaints.actions.settling import (
    approve_settlement,
    carry_out_settlement,
    decline_settlement,
    propose_settlement,
    withdraw_settlement,
)

__all__ = [
    "add_action",
    "add_cause",
    "add_cost",
    "add_piece",
    "announce_delay",
    "answer_by_link",
    "approve_estimate",
    "approve_settlement",
    "ask_parts",
    "assess_complaint",
    "authorise_repair",
    "carry_out_settlement",
    "charge_piece",
    "close_complaint",
    "close_repair",
    "confirm_effectiveness",
    "create_deadline",
    "create_estimate",
    "decide_warranty",
    "declare_unrepairable",
    "decline_rejection",
    "decline_settlement",
    "define_actions",
    "edit_action",
    "edit_cause",
    "edit_complaint",
    "edit_cost",
    "edit_deadline",
    "edit_estimate",
    "edit_on_call",
    "edit_piece",
    "edit_repair",
    "exchange_piece",
    "expire_estimate",
    "finish_action",
    "finish_containment",
    "finish_repair",
    "free_piece",
    "implement_actions",
    "import_report",
    "issue_receipt_note",
    "label_piece",
    "lend_unit",
    "mark_duplicate",
    "note_costs",
    "note_dispatch",
    "note_expected",
    "note_findings",
    "note_parts",
    "note_reply",
    "plan_on_call",
    "propose_rejection",
    "propose_settlement",
    "receive_complaint",
    "receive_piece",
    "recognise_defect",
    "record_test",
    "refuse_estimate",
    "register_complaint",
    "reject_complaint",
    "remind_customer",
    "remove_cause",
    "remove_cost",
    "remove_deadline",
    "remove_on_call",
    "reopen_complaint",
    "request_repair",
    "return_unrepaired",
    "revise_estimate",
    "scrap_piece",
    "send_answer",
    "send_estimate",
    "send_letter",
    "send_receipt",
    "send_repair_letter",
    "settle_mismatch",
    "ship_piece",
    "start_diagnosis",
    "start_repair",
    "strike_piece",
    "take_back_unit",
    "take_in_unannounced",
    "verify_action",
    "withdraw_complaint",
    "withdraw_repair",
    "withdraw_settlement",
    "write_containment",
    "write_prevention",
    "write_problem",
    "write_team",
]
