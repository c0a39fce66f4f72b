"""The only writer of price agreements and of the ledger: one function a verb, re-exported here."""

from orders.actions.agreed import approve_agreement, return_agreement, submit_agreement, terminate_agreement
from orders.actions.agreements import create_agreement, discard_agreement, edit_agreement, revise_agreement
from orders.actions.corrections import correct_managers, start_correction
from orders.actions.indices import correct_index_value, create_index, edit_index, record_index_value
from orders.actions.sales import record_sales, undo_sales
from orders.actions.sources import declare_invoice_source
from orders.actions.staging import stage_sales

__all__ = [
    "approve_agreement",
    "correct_index_value",
    "correct_managers",
    "create_agreement",
    "create_index",
    "declare_invoice_source",
    "discard_agreement",
    "edit_agreement",
    "edit_index",
    "record_index_value",
    "record_sales",
    "return_agreement",
    "revise_agreement",
    "stage_sales",
    "start_correction",
    "submit_agreement",
    "terminate_agreement",
    "undo_sales",
]
