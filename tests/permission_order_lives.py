"""The table of rights of the life of orders: confirmed by who works with the plant day by day, delivered by logistics, invoiced by finance (domain 4.1)."""

from tests.permission_rows import Row, form, lists, posts, reads

OFFICE, DAILY, COMMERCIAL, DECIDING = "arsb", "rsb", "ars", "s"
#: Who reads orders: who sells, who oversees, and the departments that carry them out.
VERBS: dict[str, tuple[str, str, dict[str, str]]] = {
    "acknowledge": ("accepted_order", OFFICE, {}),
    "pro_forma": ("accepted_order", OFFICE, {}),
    "confirm": ("accepted_order", DAILY, {}),
    "change": ("confirmed_order", OFFICE, {}),
    "cancel": ("confirmed_order", COMMERCIAL, {}),
    "delay": ("confirmed_order", DAILY + "pl", {}),
    "start": ("confirmed_order", DAILY + "p", {}),
    "deliver": ("confirmed_order", DAILY + "l", {}),
    "invoice": ("delivered_order", DAILY + "f", {}),
    "close": ("delivered_order", OFFICE, {"status": "invoiced"}),
}
ORDER_LIVES: dict[str, Row] = {
    "orders:order_life": reads("confirmed_order"),
    **{f"orders:order_{name}": form(kind, who, **before) for name, (kind, who, before) in VERBS.items()},
    **{f"api:order-{name.replace('_', '-')}": posts(kind, who, **before) for name, (kind, who, before) in VERBS.items()},
    "orders:confirmation_list": lists(),
    "orders:confirmation_detail": reads("waiting_confirmation"),
    "orders:confirmation_accept": form("waiting_confirmation", OFFICE),
    "orders:confirmation_refuse": form("waiting_confirmation", OFFICE),
    "orders:paper_print": posts("order_paper", "*"),
    "orders:paper_send": form("order_paper", OFFICE),
    "orders:cancellation_detail": reads("asked_cancellation"),
    "orders:cancellation_approve": form("asked_cancellation", DECIDING),
    "orders:cancellation_decline": form("asked_cancellation", DECIDING),
    "orders:order_intake": reads(),
    "api:order_confirmation-list": reads(),
    "api:order_confirmation-detail": reads("waiting_confirmation"),
    "api:order_confirmation-accept": posts("waiting_confirmation", OFFICE),
    "api:order_confirmation-refuse": posts("waiting_confirmation", OFFICE),
    "api:order_paper-list": reads(),
    "api:order_paper-detail": reads("order_paper"),
    "api:order_paper-send": posts("order_paper", OFFICE),
    "api:order_paper-print": posts("order_paper", "*"),
    "api:order_cancellation-list": reads(),
    "api:order_cancellation-detail": reads("asked_cancellation"),
    "api:order_cancellation-approve": posts("asked_cancellation", DECIDING),
    "api:order_cancellation-decline": posts("asked_cancellation", DECIDING),
    **{
        f"api:{kind}-{page}": reads(kind if page == "detail" else "")
        for kind in ("order_change", "order_delay", "order_delivery", "order_invoice")
        for page in ("list", "detail")
    },
}
#: What the verbs need beyond what their fields say.
LIFE_BODIES = {
    "api:order-confirm": {"sent_to": "Buyer"},
    "api:order-acknowledge": {"sent_to": "Buyer"},
    "api:order-pro-forma": {"sent_to": "Buyer"},
    "api:order-change": {"incoterms": "FCA"},
    "api:order-cancel": {"cause": "customer"},
    "api:order-start": {},
    "api:order-close": {},
    "api:order-deliver": {"note_number": "DDT-1"},
    "api:order-invoice": {"number": "90001"},
    "api:order_confirmation-accept": {"agreed_how": "conduct", "agreed_note": "Paid the advance"},
    "api:order_confirmation-refuse": {"reason": "They pay later"},
    "api:order_paper-send": {"sent_to": "buyer@acme.example"},
    "api:order_cancellation-approve": {},
    "api:order_cancellation-decline": {"reason": "They take the goods"},
}
