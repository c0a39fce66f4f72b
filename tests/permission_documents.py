"""The table of rights of documents: what is required is for the sales manager and quality; what is in hand, for who works with the customer."""

from tests.permission_rows import Row, form, lists, many, posts, reads
from tests.permission_transfers import TRANSFERS
from tests.world_people import LONG_AGO

RULING, ASKING, WAIVING, HANDING_OUT = "sq", "arsbqfl", "arsq", "arsqt"
CHECKING = "arsbtqplfe"
ASKED = {"requested_on": LONG_AGO.date(), "due_on": LONG_AGO.date()}
WAIVED = {"waived_at": LONG_AGO, "waiver": "Not sold there"}

DOCUMENTS: dict[str, Row] = {
    "catalog:document_entry_list": lists(),
    "catalog:document_figures": reads(),
    "catalog:document_entry_detail": reads("document_entry"),
    "catalog:document_entry_check": form("document_in_hand", CHECKING),
    "catalog:document_entry_request": form("document_entry", ASKING),
    "catalog:document_entry_remind": form("document_entry", ASKING, **ASKED),
    "catalog:document_entry_waive": form("document_entry", WAIVING),
    "catalog:document_entry_require": form("document_entry", WAIVING, **WAIVED),
    "catalog:document_entry_holders": form("document_entry", HANDING_OUT),
    "catalog:document_register": reads("about"),
    "catalog:document_letter": posts("customer", "*", others="g"),
    "catalog:requirement_list": lists(),
    "catalog:requirement_create": form("", RULING),
    "catalog:requirement_detail": reads("document_requirement"),
    "catalog:requirement_edit": form("document_requirement", RULING),
    "catalog:requirement_end": form("document_requirement", RULING),
    "api:document_entry-list": reads(),
    "api:document_entry-figures": reads(),
    "api:document_entry-uses": reads("document_entry"),
    "api:document_entry-detail": reads("document_entry"),
    "api:document_entry-check": posts("document_in_hand", CHECKING),
    "api:document_entry-ask": posts("document_entry", ASKING),
    "api:document_entry-remind": posts("document_entry", ASKING, **ASKED),
    "api:document_entry-waive": posts("document_entry", WAIVING),
    "api:document_entry-require-again": posts("document_entry", WAIVING, **WAIVED),
    "api:document_entry-distribute": posts("document_entry", HANDING_OUT),
    "api:document_requirement-list": many(RULING),
    "api:document_requirement-detail": reads("document_requirement"),
    "api:document_requirement-change": posts("document_requirement", RULING),
    "api:document_requirement-end": posts("document_requirement", RULING),
    **TRANSFERS,
}
