"""The table of rights of customers' open items: read like sales."""

from tests.permission_rows import Row, lists, reads

OPEN_ITEMS: dict[str, Row] = {
    "orders:open_item_list": lists("arsbfmu"),
    "orders:open_item_detail": reads("open_item"),
    "orders:customer_open_items": reads("customer", "argsbfmu"),
    "api:open_item-list": reads(),
    "api:open_item-owed": reads(),
    "api:open_item-detail": reads("open_item"),
}
