"""ROOF: which panels a record's page has; each application serves its own under its own row rule."""

from django.utils.translation import gettext_lazy as _

from accounts.reports.customer import count_contacts, count_plants
from catalog.models import reads_prices
from catalog.reports import count_items, count_where_used
from catalog.reports.documents import count_due
from kam.core.panels import Panel
from orders.models import reads_ledger, reads_negotiations, reads_orders

# What is required of a record and in hand.
REGISTER = Panel("register", _("Required documents"), "catalog:document_register", "files", about=True, count=count_due)

# Every record: what stands at the right or as the last tabs, whatever the record is.
PANELS: dict[str, list[Panel]] = {
    "accounts.customergroup": [
        Panel("sales", _("Sales"), "orders:group_sales", "chart-column", shown=reads_ledger),
        Panel("negotiations", _("Negotiations"), "orders:group_negotiations", "messages-square", shown=reads_negotiations),
        Panel("agreed", _("Agreed prices"), "orders:group_agreements", "handshake", shown=reads_prices),
        Panel("contacts", _("Contacts"), "accounts:customer_group_contacts", "contact", count=count_contacts),
        Panel("activities", _("Activities"), "accounts:customer_group_activities", "calendar-days"),
        Panel("promises", _("Promises"), "accounts:customer_group_promises", "flag"),
    ],
    "accounts.customer": [
        Panel("sales", _("Sales"), "orders:customer_sales", "chart-column", shown=reads_ledger),
        Panel("negotiations", _("Negotiations"), "orders:customer_negotiations", "messages-square", shown=reads_negotiations),
        Panel("offers", _("Offers"), "orders:customer_offers", "file-text", shown=reads_prices),
        Panel("orders", _("Orders"), "orders:customer_orders", "clipboard-list", shown=reads_orders),
        Panel("agreed", _("Agreed prices"), "orders:customer_agreements", "handshake", shown=reads_prices),
        Panel("wrong_prices", _("Wrong prices"), "orders:customer_findings", "receipt-text", shown=reads_ledger),
        Panel("open_items", _("Open items"), "orders:customer_open_items", "hand-coins", shown=reads_ledger),
        Panel("campaigns", _("Price campaigns"), "orders:customer_campaigns", "trending-up", shown=reads_negotiations),
        Panel("complaints", _("Complaints"), "complaints:customer_complaints", "message-square-warning"),
        Panel("repairs", _("Repairs"), "complaints:customer_repairs", "wrench"),
        Panel("plants", _("Plants"), "accounts:customer_plants", "map-pin", count=count_plants),
        Panel("contacts", _("Contacts"), "accounts:customer_contacts", "contact", count=count_contacts),
        Panel("activities", _("Activities"), "accounts:customer_activities", "calendar-days"),
        Panel("promises", _("Promises"), "accounts:customer_promises", "flag"),
        Panel("items", _("Customer items"), "catalog:customer_items", "package", count=count_items),
        REGISTER,
    ],
    "accounts.plant": [
        Panel("sales", _("Sales"), "orders:plant_sales", "chart-column", shown=reads_ledger),
        Panel("negotiations", _("Negotiations"), "orders:plant_negotiations", "messages-square", shown=reads_negotiations),
        Panel("offers", _("Offers"), "orders:plant_offers", "file-text", shown=reads_prices),
        Panel("orders", _("Orders"), "orders:plant_orders", "clipboard-list", shown=reads_orders),
        Panel("agreed", _("Agreed prices"), "orders:plant_agreements", "handshake", shown=reads_prices),
        Panel("complaints", _("Complaints"), "complaints:plant_complaints", "message-square-warning"),
        Panel("repairs", _("Repairs"), "complaints:plant_repairs", "wrench"),
        Panel("contacts", _("Contacts"), "accounts:plant_contacts", "contact", count=count_contacts),
        Panel("activities", _("Activities"), "accounts:plant_activities", "calendar-days"),
        Panel("promises", _("Promises"), "accounts:plant_promises", "flag"),
        Panel("transfers", _("Transfers"), "catalog:plant_transfers", "arrow-right-left"),
        REGISTER,
    ],
    "catalog.product": [
        Panel("sales", _("Sales"), "orders:product_sales", "chart-column", shown=reads_ledger),
        Panel("orders", _("Orders"), "orders:product_orders", "clipboard-list", shown=reads_orders),
        Panel("revisions", _("Revisions"), "catalog:product_revisions", "ruler"),
        Panel("costs", _("Costs"), "catalog:product_costs", "calculator"),
        Panel("prices", _("List prices"), "catalog:product_prices", "tag"),
        Panel("agreed", _("Agreed prices"), "orders:product_agreements", "handshake", shown=reads_prices),
        Panel("items", _("Where used"), "catalog:product_items", "package", count=count_where_used),
        Panel("bills", _("Bills of resources"), "catalog:product_bills", "layers"),
        Panel("transfers", _("Transfers"), "catalog:product_transfers", "arrow-right-left"),
        REGISTER,
    ],
    "catalog.customeritem": [REGISTER],
    "orders.negotiation": [
        Panel("offers", _("Offers"), "orders:negotiation_offers", "file-text"),
    ],
    "orders.offer": [
        Panel("review", _("Contract review"), "orders:offer_review", "clipboard-check"),
    ],
    "orders.order": [
        Panel("review", _("Contract review"), "orders:order_review", "clipboard-check"),
        Panel("life", _("Confirmation and delivery"), "orders:order_life", "truck"),
        REGISTER,
    ],
    "complaints.complaint": [
        Panel("eight_d", "8D", "complaints:complaint_eight_d", "list-checks"),
        Panel("settlement", _("Settlement"), "complaints:complaint_settlement", "hand-coins"),
    ],
    "accounts.activity": [
        Panel("development", _("Development requests"), "orders:activity_development", "flask-conical", shown=reads_negotiations),
    ],
    "core.webhook": [Panel("deliveries", _("Deliveries"), "core:webhook_deliveries", "send")],
    "*": [
        Panel("documents", _("Documents"), "core:documents", "paperclip", about=True),
        Panel("links", _("Related records"), "core:links", "link", about=True),
        Panel("work", _("To do"), "core:record_work", "inbox", about=True, side=True),
        Panel("timeline", _("Time line"), "core:timeline", "history", about=True, side=True),
    ],
}
