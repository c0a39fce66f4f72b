"""The table of rights of complaints: whoever hears one takes it in, sales and quality go on with it; on call plans who is there."""

from tests.permission_rows import Row, form, lists, many, one, posts, reads

HEARING, WRITING, OFFICE, PLANNING = "arsbtqplfem", "arsbtqplfe", "arsbq", "rsbtqplfe"

COMPLAINTS: dict[str, Row] = {
    "complaints:complaint_list": lists(),
    "complaints:complaint_create": form("", HEARING),
    "complaints:complaint_find": reads("", HEARING),
    "complaints:complaint_detail": reads("complaint"),
    "complaints:complaint_edit": form("complaint", WRITING),
    "complaints:complaint_register": form("received_complaint", OFFICE),
    "complaints:complaint_receipt": form("complaint", OFFICE),
    "complaints:complaint_duplicate": form("complaint", OFFICE),
    "complaints:complaint_withdraw": form("complaint", OFFICE),
    "complaints:customer_complaints": reads("customer"),
    "complaints:plant_complaints": reads("plant"),
    "complaints:on_call_list": lists(),
    "complaints:on_call_create": form("", PLANNING),
    "complaints:on_call_detail": reads("on_call"),
    "complaints:on_call_edit": form("on_call", PLANNING),
    "complaints:on_call_remove": form("on_call", PLANNING),
    "api:complaint-list": many(HEARING),
    "api:complaint-detail": one("complaint", WRITING),
    "api:complaint-proof": reads("complaint"),
    "api:complaint-register": posts("received_complaint", OFFICE),
    "api:complaint-confirm-receipt": posts("complaint", OFFICE),
    "api:complaint-mark-duplicate": posts("complaint", OFFICE),
    "api:complaint-withdraw": posts("complaint", OFFICE),
    "api:on_call-list": many(PLANNING),
    "api:on_call-detail": one("on_call", PLANNING, PLANNING),
}
