"""The only writer of the catalogue: one function a verb, a module a noun, re-exported here."""

from catalog.actions.costs import publish_costs
from catalog.actions.document_entries import (
    check_document,
    distribute_document,
    remind_of_document,
    request_document,
    require_again,
    waive_document,
)
from catalog.actions.document_sweep import warn_of_documents
from catalog.actions.items import create_customer_item, create_programme, edit_customer_item, edit_programme
from catalog.actions.prices import record_list_price, withdraw_list_price
from catalog.actions.products import (
    create_family,
    create_product,
    discontinue_product,
    edit_family,
    edit_product,
    launch_product,
    phase_out_product,
    reactivate_product,
)
from catalog.actions.register import refresh_for_order_lines, refresh_register
from catalog.actions.requirements import change_requirement, end_requirement, require_document
from catalog.actions.resources import create_work_centre, edit_bill, edit_work_centre, record_bill
from catalog.actions.revisions import create_revision, discard_revision, edit_revision, release_revision
from catalog.actions.transfers import cancel_transfer, carry_out_transfer, plan_transfer

__all__ = [
    "cancel_transfer",
    "carry_out_transfer",
    "change_requirement",
    "check_document",
    "create_customer_item",
    "create_family",
    "create_product",
    "create_programme",
    "create_revision",
    "create_work_centre",
    "discard_revision",
    "discontinue_product",
    "distribute_document",
    "edit_bill",
    "edit_customer_item",
    "edit_family",
    "edit_product",
    "edit_programme",
    "edit_revision",
    "edit_work_centre",
    "end_requirement",
    "launch_product",
    "phase_out_product",
    "plan_transfer",
    "publish_costs",
    "reactivate_product",
    "record_bill",
    "record_list_price",
    "refresh_for_order_lines",
    "refresh_register",
    "release_revision",
    "remind_of_document",
    "request_document",
    "require_again",
    "require_document",
    "waive_document",
    "warn_of_documents",
    "withdraw_list_price",
]
