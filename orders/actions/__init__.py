"""The only writer of the ledger: one function a verb, re-exported here."""

from orders.actions.corrections import correct_managers, start_correction
from orders.actions.sales import record_sales, undo_sales
from orders.actions.sources import declare_invoice_source
from orders.actions.staging import stage_sales

__all__ = ["correct_managers", "declare_invoice_source", "record_sales", "stage_sales", "start_correction", "undo_sales"]
