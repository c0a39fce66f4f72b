"""ROOF: the side bar, the create menu and the phone's bottom bar as data, and what of them one reader sees."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.models import Role
from budgets.models import reads_budgets, reads_quantities
from catalog.models import reads_prices, reads_some_costs
from kam.core.icons import icon as draw
from kam.core.notifications import Notification
from kam.core.ports import port
from kam.core.templatetags.kam import url_or_nothing
from kam.core.work_items import WorkItem
from orders.models import reads_ledger, reads_negotiations, reads_orders

Condition = Callable[[Any], bool]


@dataclass(frozen=True)
class Entry:
    """One line of the side bar: shown where its page exists and `verb` or `shown` lets the reader in; `counter` is a figure."""

    label: Any
    url_name: str
    icon: str
    verb: str = ""
    shown: Condition | None = None
    counter: Callable[[Any], int] | None = None
    alert: bool = False
    query: str = ""


@dataclass(frozen=True)
class Area:
    """An area of work with its entries."""

    label: Any
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Link:
    """An entry as one reader sees it on one page, in their language."""

    label: str
    address: str
    icon: str
    count: int | None
    alert: bool
    active: bool

    @property
    def drawing(self) -> SafeString:
        """The icon in its usual size."""
        return draw(self.icon)


def roles(*names: str) -> Condition:
    """Shown to whoever holds one of these roles today."""
    wanted = frozenset(names)
    return lambda reader: bool(wanted & port("access_of")(reader).roles)


AREAS: tuple[Area, ...] = (
    Area(
        _("Today"),
        (
            Entry(_("First screen"), "home", "calendar-clock"),
            Entry(
                _("To do"),
                "core:work_list",
                "inbox",
                counter=lambda reader: WorkItem.objects.to_do_by(reader).count(),
                alert=True,
            ),
            Entry(
                _("Notifications"),
                "core:notification_list",
                "bell",
                counter=lambda reader: Notification.objects.visible_to(reader).unread().count(),
            ),
            Entry(_("Activities and visits"), "accounts:activity_list", "calendar-days"),
            Entry(_("Calendar"), "accounts:activity_calendar", "calendar-range"),
            Entry(_("Promises"), "accounts:promise_list", "flag"),
        ),
    ),
    Area(
        _("Customers"),
        (
            Entry(_("Customers"), "accounts:customer_list", "factory"),
            Entry(_("Customer plants"), "accounts:plant_list", "map-pin"),
            Entry(_("Global Accounts"), "accounts:global_account_list", "globe"),
            Entry(_("Contacts"), "accounts:contact_list", "contact"),
            Entry(
                _("Received e-mails"),
                "accounts:received_mail_list",
                "mail-open",
                shown=roles("account_manager", "area_manager", "back_office", "sales_manager", "quality"),
            ),
            Entry(_("Documents due"), "catalog:document_entry_list", "files"),
            Entry(_("Required documents"), "catalog:requirement_list", "list-checks"),
        ),
    ),
    Area(
        _("Sell"),
        (
            Entry(_("Negotiations"), "orders:negotiation_list", "messages-square", shown=reads_negotiations),
            Entry(_("Offers"), "orders:offer_list", "file-text", shown=reads_prices),
            Entry(_("Orders"), "orders:order_list", "clipboard-list", shown=reads_orders),
            Entry(_("Order confirmations"), "orders:confirmation_list", "file-check", shown=reads_orders),
            Entry(_("Order intake"), "orders:order_intake", "inbox", shown=reads_orders),
            Entry(_("Contract reviews"), "orders:review_list", "clipboard-check"),
            Entry(
                _("Review checklist"), "orders:checklist_list", "list-checks", shown=roles("sales_manager", "quality", "auditor")
            ),
            Entry(_("Development requests"), "orders:development_list", "flask-conical"),
            Entry(_("Price agreements"), "orders:agreement_list", "handshake", shown=reads_prices),
            Entry(_("Consent to local prices"), "orders:consent_list", "scale", shown=reads_prices),
            Entry(_("Price campaigns"), "orders:campaign_list", "megaphone", shown=reads_negotiations),
            Entry(_("Price indices"), "orders:index_list", "trending-up", shown=reads_prices),
            Entry(_("Price check"), "orders:price_check", "scan-search", shown=reads_prices),
            Entry(_("Wrong prices"), "orders:finding_list", "receipt-euro", shown=reads_ledger),
            Entry(_("Order cockpit"), "orders:order_cockpit", "gauge", shown=reads_orders),
            Entry(
                _("Order audit"),
                "orders:order_audit",
                "scan-search",
                shown=roles("auditor", "management", "sales_manager", "quality"),
            ),
            Entry(_("Open items"), "orders:open_item_list", "hand-coins", shown=reads_ledger),
            Entry(_("Sales"), "orders:sales", "chart-column", shown=reads_ledger),
            Entry(_("Sources of invoices"), "orders:source_list", "receipt-text", shown=roles("finance", "administrator")),
            Entry(_("Sales lines"), "orders:line_list", "receipt-text", shown=reads_ledger),
        ),
    ),
    Area(
        _("Plan"),
        (
            Entry(_("My year"), "budgets:my_year", "gauge", shown=reads_budgets),
            Entry(_("Budget rounds"), "budgets:round_list", "calendar-range", shown=reads_budgets),
            Entry(_("Budgets"), "budgets:budget_list", "table", shown=reads_budgets),
            Entry(_("Targets"), "budgets:target_list", "target", shown=reads_budgets),
            Entry(_("Deviations"), "budgets:deviation_list", "trending-down", shown=reads_budgets),
            Entry(_("Corrective actions"), "budgets:action_list", "list-todo"),
            Entry(_("Sales meeting"), "budgets:meeting", "users", shown=reads_budgets),
            Entry(_("Proposed revisions"), "budgets:proposal_list", "git-pull-request", shown=reads_budgets),
            Entry(_("Quantity plans"), "budgets:quantity_list", "factory", shown=reads_quantities),
            Entry(_("Issued prints"), "budgets:paper_list", "archive", shown=reads_quantities),
            Entry(_("Seasonality"), "budgets:profile_list", "chart-column", shown=reads_budgets),
        ),
    ),
    Area(
        _("Complaints"),
        (
            Entry(_("Complaints"), "complaints:complaint_list", "message-square-warning"),
            Entry(_("Figures of complaints"), "complaints:complaint_figures", "chart-column"),
            Entry(
                _("Complaint audit"),
                "complaints:complaint_audit",
                "scan-search",
                shown=roles("auditor", "management", "sales_manager", "quality"),
            ),
            Entry(_("Repairs"), "complaints:repair_list", "wrench"),
            Entry(_("Pieces in repair"), "complaints:repair_piece_list", "package-search"),
            Entry(_("Figures of repairs"), "complaints:repair_figures", "chart-no-axes-column"),
            Entry(_("Loaners"), "complaints:repair_loaner_list", "replace"),
            Entry(_("Estimates of repairs"), "complaints:repair_estimate_list", "file-text"),
            Entry(_("On call"), "complaints:on_call_list", "phone-call"),
            Entry(_("Customers' deadlines"), "complaints:deadline_list", "timer"),
        ),
    ),
    Area(
        _("Technical"),
        (
            Entry(_("Products"), "catalog:product_list", "cog"),
            Entry(_("Product families"), "catalog:family_list", "folder-tree"),
            Entry(_("Product revisions"), "catalog:product_revision_list", "ruler"),
            Entry(_("Customer items"), "catalog:customer_item_list", "package"),
            Entry(_("Programmes"), "catalog:programme_list", "milestone"),
            Entry(_("List prices"), "catalog:list_price_list", "tag", shown=reads_prices),
            Entry(_("Standard costs"), "catalog:standard_cost_list", "calculator", shown=reads_some_costs),
            Entry(_("Work centres"), "catalog:work_centre_list", "warehouse"),
            Entry(_("Bills of resources"), "catalog:bill_list", "layers"),
        ),
    ),
    Area(
        _("Organisation"),
        (
            Entry(_("People"), "accounts:user_list", "users"),
            Entry(_("Locations"), "accounts:location_list", "building-2"),
            Entry(_("Departments"), "accounts:department_list", "network"),
            Entry(_("Assignments"), "accounts:assignment_list", "git-branch"),
            Entry(_("Transfers"), "catalog:transfer_list", "arrow-right-left"),
            Entry(_("Delegations"), "accounts:delegation_list", "arrow-left-right"),
            Entry(_("Markets"), "accounts:market_list", "map"),
            Entry(_("Payment terms"), "accounts:payment_term_list", "hand-coins"),
            Entry(_("Working calendars"), "core:calendar_list", "calendar"),
            Entry(_("Exchange rates"), "core:rate_list", "coins"),
            Entry(_("Jobs"), "core:job_list", "timer"),
            Entry(_("Imports"), "core:import_list", "file-up"),
            Entry(_("Roles"), "accounts:role_grant_list", "key-round"),
            Entry(_("Access log"), "core:access_log_list", "scroll-text", shown=roles("administrator")),
            Entry(_("Webhooks"), "core:webhook_list", "webhook", shown=roles("administrator")),
            Entry(_("Document types"), "core:document_type_list", "files", shown=roles("administrator")),
            Entry(_("Print forms"), "core:print_form_list", "printer", shown=roles("administrator")),
            Entry(_("Parameters"), "core:parameter_list", "sliders-horizontal", shown=roles("administrator")),
        ),
    ),
)

CREATE: tuple[Entry, ...] = (
    Entry(_("Visit"), "accounts:activity_create", "footprints", "accounts.create_activity", query="kind=visit"),
    Entry(_("Call"), "accounts:activity_create", "phone", "accounts.create_activity", query="kind=call"),
    Entry(_("Task"), "accounts:activity_create", "list-todo", "accounts.create_activity", query="kind=task"),
    Entry(_("Promise"), "accounts:promise_create", "flag", "accounts.create_promise"),
    Entry(_("Complaint"), "complaints:complaint_create", "message-square-warning", "complaints.receive_complaint"),
    Entry(_("Complaint from an 8D file"), "complaints:complaint_import", "file-text", "complaints.import_report"),
    Entry(_("Repair"), "complaints:repair_create", "wrench", "complaints.request_repair"),
    Entry(_("Goods without authorisation"), "complaints:repair_unannounced", "package-search", "complaints.take_in_unannounced"),
    Entry(_("Negotiation"), "orders:negotiation_create", "messages-square", "orders.create_negotiation"),
    Entry(_("Order"), "orders:order_create", "clipboard-list", "orders.create_order"),
    Entry(_("Customer"), "accounts:customer_create", "factory", "accounts.create_customer"),
    Entry(_("Contact"), "accounts:contact_create", "contact", "accounts.create_contact"),
    Entry(_("Product"), "catalog:product_create", "cog", "catalog.create_product"),
    Entry(_("Customer item"), "catalog:customer_item_create", "package", "catalog.create_customer_item"),
    Entry(_("Person"), "accounts:user_create", "user-plus", "accounts.create_user"),
)

PHONE = ("core:work_list", "accounts:customer_list")

# What the scripts say; keys are stable, the words are the reader's.
SCRIPT_WORDS = {
    "rows": _("%(count)s rows"),
    "selected": _("%(count)s selected"),
    "draft": _("What you typed before is back. Discard it?"),
    "discard": _("Discard"),
    "unsaved": _("You have changes that are not saved."),
    "offline": _("No connection. What you type is kept on this device."),
    "online": _("Connection is back."),
    "failed": _("That did not work. Try again."),
    "expired": _("You were logged out. Log in again: what you typed is kept."),
    "log_in": _("Log in"),
    "copied": _("Link copied."),
    "nothing": _("Nothing found"),
    "searching": _("Searching…"),
    "close": _("Close"),
    "remove": _("Remove"),
    "no_results": _("No results"),
    "no_network": _("No network."),
    "kept_one": _("Kept here at %(time)s, leaves by itself."),
    "kept_many": _("%(count)s reports are kept here, the last at %(time)s; they leave by themselves."),
    "kept_login": _("Log in again."),
    "kept_sent": _("Sent: %(count)s kept on this device."),
    "kept_refused": _("This report could not be taken:"),
    "kept_open": _("Correct"),
}


def where(entry: Entry) -> str:
    """The address of an entry, or nothing while its page does not stand."""
    found = url_or_nothing(entry.url_name)
    return f"{found}?{entry.query}" if found and entry.query else found


def counted(entry: Entry, reader: Any) -> int:
    """The figure of an entry, counted once for all the places of a page where it stands."""
    known: dict[str, int] = reader.__dict__.setdefault("_counted", {})
    if entry.url_name not in known:
        assert entry.counter is not None
        known[entry.url_name] = entry.counter(reader)
    return known[entry.url_name]


def visible(entries: Iterable[Entry], reader: Any, path: str) -> list[Link]:
    """The entries that this reader may open."""
    links = []
    for entry in entries:
        found = where(entry)
        if not found or (entry.verb and not reader.may(entry.verb)) or (entry.shown and not entry.shown(reader)):
            continue
        count = counted(entry, reader) if entry.counter else None
        active = path == found or (found != "/" and path.startswith(found))
        links.append(Link(str(entry.label), found, entry.icon, count, entry.alert, active))
    nearest = max((len(link.address) for link in links if link.active), default=0)
    return [replace(link, active=link.active and len(link.address) == nearest) for link in links]


def areas(reader: Any, path: str) -> list[tuple[Any, list[Link]]]:
    """The side bar of this reader; an area without a page is not shown."""
    shown = [(area.label, visible(area.entries, reader, path)) for area in AREAS]
    return [(label, links) for label, links in shown if links]


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor: what base.html needs; a page for somebody who is not signed in gets only the words."""
    words = {"script_words": SCRIPT_WORDS, "languages": settings.LANGUAGES}
    reader = getattr(request, "user", None)
    if reader is None or not reader.is_authenticated or getattr(request, "htmx", False):
        return words
    return words | {"shell": Shell(reader, request.path)}


class Shell:
    """The parts of the shell, worked out only where a template asks."""

    def __init__(self, reader: Any, path: str) -> None:
        self.reader, self.path = reader, path

    @cached_property
    def _areas(self) -> list[tuple[Any, list[Link]]]:
        return areas(self.reader, self.path)

    def areas(self) -> list[tuple[Any, list[Link]]]:
        """The side bar."""
        return self._areas

    @cached_property
    def _create(self) -> list[Link]:
        return visible(CREATE, self.reader, "")

    def create(self) -> list[Link]:
        """The create menu."""
        return self._create

    def commands(self) -> str:
        """What the palette offers, as one word: two readers of one language with the same word see the same."""
        return " ".join(link.address for _label, links in [*self._areas, ("", self._create)] for link in links)

    def phone(self) -> list[Link]:
        """The bottom bar of a phone: inbox and customers; search, create and more stand beside them."""
        chosen = [entry for area in AREAS for entry in area.entries if entry.url_name in PHONE]
        return visible(chosen, self.reader, self.path)

    def search(self) -> str:
        """Where the search lives, or nothing while it does not stand."""
        return where(Entry("", "search", ""))

    def inbox(self) -> Link | None:
        """The inbox in the top bar."""
        found = visible(
            [entry for area in AREAS for entry in area.entries if entry.url_name == "core:notification_list"],
            self.reader,
            self.path,
        )
        return found[0] if found else None

    def role_names(self) -> str:
        """The roles of today in words, below the person's name."""
        held = port("access_of")(self.reader).roles
        return ", ".join(str(role.label) for role in Role if role in held)
