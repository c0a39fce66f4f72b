"""ROOF: what runs in the background, what can be imported, what can be printed and which files file themselves, by name; no rule of its own."""

#: Kind of job → its `run(job, report)`.
JOB_KINDS: dict[str, str] = {
    "core.export_list": "kam.core.exports.run",
    "core.act_on_rows": "kam.core.bulk_work.run",
    "core.preview_import": "kam.core.imports.run_preview",
    "core.apply_import": "kam.core.imports.run_apply",
    "core.undo_import": "kam.core.imports.run_undo",
    "core.write_sheet": "kam.core.exports.write_sheet",
    "core.write_import_errors": "kam.core.exports.write_import_errors",
    "core.write_refused_rows": "kam.core.imports.refused.run",
    "core.process_document": "kam.core.previews.run",
    "core.print": "kam.core.printing.run",
    "orders.check_prices": "orders.actions.wrong_prices.run_check",
    "orders.keep_offer": "orders.documents.keeping.run",
    "orders.keep_order_paper": "orders.documents.order_paper.keep_paper",
    "orders.evidence_file": "orders.documents.order_evidence.run_evidence",
    "orders.keep_campaign_letter": "orders.documents.keeping.run_letter",
    "orders.keep_price_paper": "orders.documents.price_paper.keep_paper",
    "orders.keep_price_letter": "orders.documents.keeping.run_price_letter",
    "orders.correct_managers": "orders.actions.corrections.run_correction",
    "complaints.keep_repair_letter": "complaints.documents.keep_letter",
    "complaints.keep_letter": "complaints.documents.keep_complaint_letter",
    "budgets.fill_round": "budgets.actions.opening.run_filling",
    "budgets.compare_versions": "budgets.excel.versions.run_comparison",
    "budgets.publish_round": "budgets.actions.publishing.run_publishing",
    "budgets.issue_papers": "budgets.actions.papers.run_issuing",
}

#: Kind of job → what its record is told if the work ends without having been done, `given_up(job, message)`.
JOB_ENDS: dict[str, str] = dict.fromkeys(
    ["core.preview_import", "core.apply_import", "core.undo_import"], "kam.core.imports.given_up"
) | {
    "budgets.fill_round": "budgets.actions.opening.given_up",
    "orders.keep_offer": "orders.actions.mailing.given_up",
    "orders.keep_order_paper": "orders.actions.order_papers.given_up",
    "orders.keep_price_paper": "orders.actions.price_papers.given_up",
    "complaints.keep_letter": "complaints.actions.letters.given_up",
    "complaints.keep_repair_letter": "complaints.actions.repair_letters.given_up",
}

#: Kind of import → its ImportKind, in the application's excel.py.
IMPORT_KINDS: dict[str, str] = {
    "accounts.users": "accounts.excel.People",
    "accounts.locations": "accounts.excel.Locations",
    "accounts.markets": "accounts.excel.Markets",
    "accounts.assignments": "accounts.excel.Assignments",
    "accounts.groups": "accounts.excel.Groups",
    "accounts.customers": "accounts.excel.Customers",
    "accounts.plants": "accounts.excel.Plants",
    "accounts.contacts": "accounts.excel.Contacts",
    "core.exchange_rates": "kam.core.rate_sheets.ExchangeRates",
    "catalog.product_families": "catalog.excel.Families",
    "catalog.products": "catalog.excel.Products",
    "catalog.product_units": "catalog.excel.Units",
    "catalog.product_revisions": "catalog.excel.Revisions",
    "catalog.standard_costs": "catalog.excel.StandardCosts",
    "catalog.list_prices": "catalog.excel.ListPrices",
    "catalog.customer_items": "catalog.excel.CustomerItems",
    "catalog.programmes": "catalog.excel.Programmes",
    "catalog.work_centres": "catalog.excel.WorkCentres",
    "catalog.bills_of_resources": "catalog.excel.Bills",
    "orders.price_agreements": "orders.excel.PriceAgreements",
    "orders.negotiations": "orders.excel.Negotiations",
    "orders.index_values": "orders.excel.IndexValues",
    "orders.orders": "orders.excel.Orders",
    "orders.sales": "orders.excel.Sales",
    "orders.open_items": "orders.excel.OpenItems",
    "orders.open_orders": "orders.excel.OpenOrders",
    "orders.deliveries": "orders.excel.Deliveries",
    "budgets.lines": "budgets.excel.lines.BudgetLines",
    "budgets.planned_costs": "budgets.excel.planned_costs.PlannedCosts",
    "budgets.account_costs": "budgets.excel.account_costs.AccountCosts",
}

#: Print → the function `(key, *, actor) -> Contents` in the application's documents.py.
PRINTS: dict[str, str] = {
    "accounts.visit_sheet": "accounts.documents.visit_sheet",
    "catalog.document_request": "catalog.documents.document_request",
    "orders.offer": "orders.documents.offer_print",
    "orders.price_agreement": "orders.documents.agreement_print",
    "orders.price_list": "orders.documents.price_list_print",
    "orders.order_evidence": "orders.documents.evidence_print",
    "orders.order_paper": "orders.documents.order_paper_print",
    "orders.negotiation_brief": "orders.documents.negotiation_brief",
    "orders.review": "orders.documents.review_print",
    "orders.price_letter": "orders.documents.price_letter_print",
    "orders.campaign_letter": "orders.documents.campaign_letter",
    "complaints.report": "complaints.documents.report_print",
    "complaints.label": "complaints.documents.complaint_label",
    "complaints.credit_request": "complaints.documents.credit_request",
    "complaints.repair_letter": "complaints.documents.repair_letter",
    "complaints.repair_label": "complaints.documents.repair_label",
    "budgets.budget_book": "budgets.documents.budget_book",
    "budgets.target_letter": "budgets.documents.target_letter",
    "budgets.quantity_sheet": "budgets.documents.quantity_sheet",
    "budgets.deviation_report": "budgets.documents.deviation_report",
    "budgets.meeting_sheet": "budgets.documents.meeting_sheet",
}

#: Ending of a file dropped on a record → `(file, *, actor, record, private) -> the record that it became, or None: a document`.
FILE_TAKERS: dict[str, str] = {
    "eml": "accounts.actions.letter.takes_letter",
    "msg": "accounts.actions.letter.takes_letter",
}
