"""The table of rights of transfers between our locations: decided by the sales manager, read where something goes or comes."""

from tests.permission_rows import Row, form, lists, many, posts, reads

DECIDING = "s"

TRANSFERS: dict[str, Row] = {
    "catalog:transfer_list": lists(),
    "catalog:transfer_create": form("", DECIDING),
    "catalog:transfer_detail": reads("transfer"),
    "catalog:transfer_carry_out": form("transfer", DECIDING),
    "catalog:transfer_cancel": form("transfer", DECIDING),
    "catalog:plant_transfers": reads("plant"),
    "catalog:product_transfers": reads("product"),
    "api:transfer-list": many(DECIDING),
    "api:transfer-detail": reads("transfer"),
    "api:transfer-preview": reads("transfer"),
    "api:transfer-carry-out": posts("transfer", DECIDING),
    "api:transfer-cancel": posts("transfer", DECIDING),
}
