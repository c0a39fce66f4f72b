"""The table of rights of wrong prices, read like sales; of opinions on agreed prices; and of open items, read alike."""

from tests.permission_open_items import OPEN_ITEMS
from tests.permission_rows import Row, form, lists, many, posts, reads

SALES, DECIDING, SENDING = "arsbfmu", "arsf", "as"
SETTLED = {"status": "corrected", "decided_at": "2026-04-01T09:00:00Z"}

FINDINGS: dict[str, Row] = {
    **OPEN_ITEMS,
    "orders:finding_list": lists(SALES),
    "orders:finding_figures": reads("", SALES),
    "orders:finding_detail": reads("finding"),
    "orders:finding_letter": posts("finding", "*"),
    "orders:customer_findings": reads("customer", "argsbfmu"),
    **{f"orders:finding_{verb}": form("finding", DECIDING) for verb in ("claim", "explain", "settle")},
    "orders:finding_reopen": form("finding", DECIDING, **SETTLED),
    "orders:price_letter_list": lists(SALES),
    "orders:price_letter_detail": reads("price_letter"),
    "api:price_letter-list": reads(),
    "api:price_letter-detail": reads("price_letter"),
    "api:price_finding-list": reads(),
    "api:price_finding-figures": reads(),
    "api:price_finding-detail": reads("finding"),
    "api:price_finding-letter": posts("finding", "*"),
    **{f"api:price_finding-{verb}": posts("finding", DECIDING) for verb in ("claim", "explain", "settle")},
    "orders:agreement_opinion": form("agreement_asked", "r"),
    "orders:customer_price_list": posts("customer", "argsbfmu"),
    "api:price_agreement-price-list": posts("", "argsbfmu"),
    "orders:agreement_send": form("agreed_price", SENDING),
    "orders:customer_price_list_send": form("customer", "ars"),
    "orders:price_paper_list": lists(SALES),
    "orders:price_paper_detail": reads("price_paper"),
    "orders:price_paper_send": form("price_paper", SENDING),
    "orders:price_paper_sign": form("price_paper", SENDING),
    "orders:price_paper_mail": reads("price_paper", SENDING),
    "api:price_agreement-send": posts("agreed_price", SENDING),
    "api:price_paper-list": many("ars"),
    "api:price_paper-detail": reads("price_paper"),
    "api:price_paper-send": posts("price_paper", SENDING),
    "api:price_paper-sign": posts("price_paper", SENDING),
    "orders:agreement_print": posts("agreed_price", "*"),
    "api:price_agreement-print": posts("agreed_price", "*"),
    "api:price_agreement-opinion": posts("agreement_asked", "r"),
    "api:price_finding-reopen": posts("finding", DECIDING, **SETTLED),
}
