"""The table of rights of customers' open items, read like sales, and of what follows from them: finance releases."""

from tests.permission_rows import Row, form, lists, many, posts, reads

OPEN_ITEMS: dict[str, Row] = {
    "orders:open_item_list": lists("arsbfmu"),
    "orders:open_item_detail": reads("open_item"),
    "orders:customer_open_items": reads("customer", "argsbfmu"),
    "orders:source_list": lists(),
    "orders:source_create": form("", "fd"),
    "orders:source_detail": reads("invoice_source"),
    "api:invoice_source-list": many("fd"),
    "api:invoice_source-detail": reads("invoice_source"),
    "orders:credit_release": form("credit_block", "f"),
    "orders:order_cockpit": reads("", "arsbtqplfemug"),
    "orders:order_audit": reads("", "arsbtqplfemug"),
    "orders:order_evidence": reads("blocked_order"),
    "orders:order_evidence_file": posts("blocked_order", "*"),
    "api:order-sample": reads(),
    "api:contract_review-sample": reads(),
    "api:order-evidence": reads("blocked_order"),
    "api:order-evidence-file": posts("blocked_order", "*"),
    "api:order_intake-list": reads(),
    "api:order_intake-figures": reads(),
    "api:order_intake-detail": reads("order_intake"),
    "api:open_item-list": reads(),
    "api:open_item-owed": reads(),
    "api:open_item-detail": reads("open_item"),
}
