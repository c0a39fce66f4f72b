"""The table of rights of offers: drafted and sent by who sells to the account, approved by who decides above them."""

from tests.permission_rows import Row, form, lists, many, one, posts, reads

PRICES, COMMERCIAL, DECIDING = "arsbfmu", "ars", "sm"

OFFERS: dict[str, Row] = {
    "orders:offer_list": lists(PRICES),
    "orders:offer_create": form("", COMMERCIAL),
    "orders:offer_detail": reads("offer"),
    "orders:offer_edit": form("offer", COMMERCIAL),
    "orders:offer_compare": reads("sent_offer"),
    "orders:offer_submit": form("offer", COMMERCIAL),
    "orders:offer_discard": form("offer", COMMERCIAL),
    "orders:offer_approve": form("offer_handed_in", DECIDING),
    "orders:offer_return": form("offer_handed_in", DECIDING),
    "orders:offer_send": form("approved_offer", COMMERCIAL),
    "orders:offer_withdraw": form("approved_offer", COMMERCIAL),
    "orders:offer_negotiate": form("sent_offer", COMMERCIAL),
    "orders:offer_accept": form("sent_offer", COMMERCIAL),
    "orders:offer_lose": form("sent_offer", COMMERCIAL),
    "orders:offer_revise": form("sent_offer", COMMERCIAL),
    "orders:offer_copy": form("sent_offer", COMMERCIAL),
    "orders:offer_print": posts("sent_offer", "*"),
    "orders:offer_mail": reads("sent_offer", COMMERCIAL),
    "orders:customer_offers": reads("customer", "argsbfmu"),
    "orders:plant_offers": reads("plant", "argsbfmu"),
    "api:offer-list": many(COMMERCIAL),
    "api:offer-detail": one("offer", COMMERCIAL, COMMERCIAL),
    "api:offer-submit": posts("offer", COMMERCIAL),
    "api:offer-approve": posts("offer_handed_in", DECIDING),
    "api:offer-return-": posts("offer_handed_in", DECIDING),
    "api:offer-send": posts("approved_offer", COMMERCIAL),
    "api:offer-withdraw": posts("approved_offer", COMMERCIAL),
    "api:offer-negotiate": posts("sent_offer", COMMERCIAL),
    "api:offer-accept": posts("sent_offer", COMMERCIAL),
    "api:offer-lose": posts("sent_offer", COMMERCIAL),
    "api:offer-revise": posts("sent_offer", COMMERCIAL),
    "api:offer-copy": posts("sent_offer", COMMERCIAL),
    "api:offer-print": posts("sent_offer", "*"),
}
