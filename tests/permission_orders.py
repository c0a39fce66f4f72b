"""The table of rights of orders: entered and registered where they are sold, read where they are carried out, blocks lifted by their own."""

from tests.permission_order_lives import ORDER_LIVES
from tests.permission_rows import Row, form, lists, many, one, posts, reads

DAILY, BLOCKING, FINANCE = "rsb", "arsbtqplfe", "f"
HELD = {"status": "on_hold", "held_from": "received"}

ORDERS: dict[str, Row] = {
    "orders:order_list": lists(),
    "orders:order_create": form("", DAILY),
    "orders:order_detail": reads("order"),
    "orders:order_edit": form("order", DAILY),
    "orders:order_register": form("order", DAILY),
    "orders:order_hold": form("order", DAILY),
    "orders:order_resume": form("order", DAILY, **HELD),
    "orders:order_reject": form("order", DAILY),
    "orders:order_discard": form("order", DAILY),
    "orders:order_copy": form("order", DAILY),
    "orders:order_block": form("order", BLOCKING),
    "orders:block_lift": form("order_block", FINANCE),
    "orders:order_call_off": form("frame_order", DAILY),
    "orders:offer_order": form("accepted_offer", DAILY),
    "orders:agreement_order": form("agreed_price", DAILY),
    "orders:customer_orders": reads("customer"),
    "orders:plant_orders": reads("plant"),
    "orders:product_orders": reads("product"),
    "api:order-list": many(DAILY),
    "api:order-detail": one("order", DAILY, DAILY),
    "api:order-register": posts("order", DAILY),
    "api:order-hold": posts("order", DAILY),
    "api:order-resume": posts("order", DAILY, **HELD),
    "api:order-reject": posts("order", DAILY),
    "api:order-copy": posts("order", DAILY),
    "api:order-from-agreement": posts("", DAILY),
    "api:order-block": posts("order", BLOCKING),
    "api:order-call-off": posts("frame_order", DAILY),
    "api:order_block-list": reads(),
    "api:order_block-detail": reads("order_block"),
    "api:order_block-lift": posts("order_block", FINANCE),
    "api:order_block-release": posts("credit_block", FINANCE),
    "api:offer-order": posts("accepted_offer", DAILY),
    **ORDER_LIVES,
}
