"""The only writer of price agreements, negotiations and the ledger: one function a verb, re-exported here."""

from orders.actions.agreed import approve_agreement, return_agreement, submit_agreement, terminate_agreement
from orders.actions.agreements import create_agreement, discard_agreement, edit_agreement, revise_agreement
from orders.actions.call_offs import enter_call_off
from orders.actions.campaign_customers import (
    agree_campaign_customer,
    ask_campaign_customer,
    consent_to_campaign,
    consent_to_whole_campaign,
    edit_campaign_customer,
    leave_out_campaign_customer,
    note_campaign_answer,
    refuse_campaign_customer,
)
from orders.actions.campaigns import (
    approve_campaign,
    create_campaign,
    discard_campaign,
    edit_campaign,
    return_campaign,
    submit_campaign,
    withdraw_campaign,
)
from orders.actions.checklist import publish_checklist
from orders.actions.consents import (
    decide_consent,
    escalate_consent,
    escalate_late,
    give_consent,
    refuse_consent,
    take_back_consent,
)
from orders.actions.corrections import correct_managers, start_correction
from orders.actions.credit import check_credit, check_ended_releases, release_credit
from orders.actions.customer_orders import (
    copy_order,
    create_order,
    discard_order,
    edit_order,
    enter_from_agreement,
    enter_from_offer,
    hold_order,
    register_order,
    reject_order,
    resume_order,
)
from orders.actions.development import answer_development, ask_development, withdraw_development
from orders.actions.dossiers import (
    add_concession,
    add_round,
    correct_concession,
    correct_round,
    edit_dossier,
    open_dossier,
    strike_concession,
    strike_round,
)
from orders.actions.indices import correct_index_value, create_index, edit_index, record_index_value
from orders.actions.mailing import mail_offer
from orders.actions.negotiations import create_negotiation, edit_negotiation, move_negotiation, take_step
from orders.actions.negotiations_decided import (
    leave_negotiation,
    lose_negotiation,
    reopen_negotiation,
    win_negotiation,
    withdraw_negotiation,
)
from orders.actions.offer_pauses import pause_offer, resume_offer
from orders.actions.offer_reviews import ask_offer_review
from orders.actions.offered import (
    accept_offer,
    agree_terms,
    approve_offer,
    expire_offers,
    lose_offer,
    negotiate_offer,
    refuse_terms,
    return_offer,
    send_offer,
    submit_offer,
    withdraw_offer,
)
from orders.actions.offers import copy_offer, create_offer, discard_offer, edit_offer, revise_offer
from orders.actions.open_items import record_open_items
from orders.actions.opinions import give_opinion, note_silence
from orders.actions.order_blocks import lift_block, set_block
from orders.actions.order_changing import refuse_confirmation, request_change
from orders.actions.order_lists import record_deliveries, record_open_orders
from orders.actions.order_review import open_review, reopen_review
from orders.actions.review_differences import decide_difference, settle_difference
from orders.actions.reviewing import (
    answer_review,
    ask_customer_about_review,
    close_review,
    compare_review,
    decide_review,
    lower_review_class,
    pass_review,
    raise_review_class,
    resume_review,
    sign_review,
)
from orders.actions.sales import record_sales, undo_sales
from orders.actions.sources import declare_invoice_source
from orders.actions.staging import stage_sales
from orders.actions.workbooks import fill_workbook, take_workbook
from orders.actions.wrong_prices import claim_price, explain_price, reopen_price, settle_price

__all__ = [
    "accept_offer",
    "add_concession",
    "add_round",
    "agree_campaign_customer",
    "agree_terms",
    "answer_development",
    "answer_review",
    "approve_agreement",
    "approve_campaign",
    "approve_offer",
    "ask_campaign_customer",
    "ask_customer_about_review",
    "ask_development",
    "ask_offer_review",
    "check_credit",
    "check_ended_releases",
    "claim_price",
    "close_review",
    "compare_review",
    "consent_to_campaign",
    "consent_to_whole_campaign",
    "copy_offer",
    "copy_order",
    "correct_concession",
    "correct_index_value",
    "correct_managers",
    "correct_round",
    "create_agreement",
    "create_campaign",
    "create_index",
    "create_negotiation",
    "create_offer",
    "create_order",
    "decide_consent",
    "decide_difference",
    "decide_review",
    "declare_invoice_source",
    "discard_agreement",
    "discard_campaign",
    "discard_offer",
    "discard_order",
    "edit_agreement",
    "edit_campaign",
    "edit_campaign_customer",
    "edit_dossier",
    "edit_index",
    "edit_negotiation",
    "edit_offer",
    "edit_order",
    "enter_call_off",
    "enter_from_agreement",
    "enter_from_offer",
    "escalate_consent",
    "escalate_late",
    "expire_offers",
    "explain_price",
    "fill_workbook",
    "give_consent",
    "give_opinion",
    "hold_order",
    "leave_negotiation",
    "leave_out_campaign_customer",
    "lift_block",
    "lose_negotiation",
    "lose_offer",
    "lower_review_class",
    "mail_offer",
    "move_negotiation",
    "negotiate_offer",
    "note_campaign_answer",
    "note_silence",
    "open_dossier",
    "open_review",
    "pass_review",
    "pause_offer",
    "publish_checklist",
    "raise_review_class",
    "record_deliveries",
    "record_index_value",
    "record_open_items",
    "record_open_orders",
    "record_sales",
    "refuse_campaign_customer",
    "refuse_confirmation",
    "refuse_consent",
    "refuse_terms",
    "register_order",
    "reject_order",
    "release_credit",
    "reopen_negotiation",
    "reopen_price",
    "reopen_review",
    "request_change",
    "resume_offer",
    "resume_order",
    "resume_review",
    "return_agreement",
    "return_campaign",
    "return_offer",
    "revise_agreement",
    "revise_offer",
    "send_offer",
    "set_block",
    "settle_difference",
    "settle_price",
    "sign_review",
    "stage_sales",
    "start_correction",
    "strike_concession",
    "strike_round",
    "submit_agreement",
    "submit_campaign",
    "submit_offer",
    "take_back_consent",
    "take_step",
    "take_workbook",
    "terminate_agreement",
    "undo_sales",
    "win_negotiation",
    "withdraw_campaign",
    "withdraw_development",
    "withdraw_negotiation",
    "withdraw_offer",
]
