"""The table of rights of received e-mails: who sells at a plant, and quality of complaints; strangers' mails for who sorts the post."""

from tests.permission_rows import Row, form, lists, posts, reads

#: Back office, sales manager and quality see what nobody has assigned; who serves the plant what a known customer sent.
SORTING = "arsbq"

MAILS: dict[str, Row] = {
    "accounts:received_mail_list": lists(),
    "accounts:received_mail_detail": reads("received_mail"),
    "accounts:received_mail_assign": form("received_mail", SORTING, state="to_assign", filed_type=None, filed_id=None),
    "accounts:received_mail_set_aside": form("received_mail", SORTING, state="to_assign", filed_type=None, filed_id=None),
    "api:received_mail-list": reads(),
    "api:received_mail-detail": reads("received_mail"),
    "api:received_mail-assign": posts("received_mail", SORTING, state="to_assign", filed_type=None, filed_id=None),
    "api:received_mail-set-aside": posts("received_mail", SORTING, state="to_assign", filed_type=None, filed_id=None),
}
