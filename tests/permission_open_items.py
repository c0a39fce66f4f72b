"""The table of rights of customers' open items, read like sales, and of what follows from them: finance releases."""

from tests.permission_rows import Row, form, lists, reads

OPEN_ITEMS: dict[str, Row] = {
    "orders:open_item_list": lists("arsbfmu"),
    "orders:open_item_detail": reads("open_item"),
    "orders:customer_open_items": reads("customer", "argsbfmu"),
    "orders:credit_release": form("credit_block", "f"),
    "api:open_item-list": reads(),
    "api:open_item-owed": reads(),
    "api:open_item-detail": reads("open_item"),
}
