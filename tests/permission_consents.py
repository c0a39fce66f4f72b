"""The table of rights of consent to local prices: the area manager asks, the account manager consents, the sales manager decides (domain 11.1)."""

from tests.permission_rows import Row, form, lists, posts, reads

LEADER, ASKER, DECIDING = "a", "r", "sm"

CONSENTS: dict[str, Row] = {
    "orders:consent_list": lists("arsbfmu"),
    "orders:consent_detail": reads("price_consent"),
    "orders:consent_give": form("price_consent", LEADER),
    "orders:consent_refuse": form("price_consent", LEADER),
    "orders:consent_escalate": form("refused_consent", ASKER),
    "orders:consent_take_back": form("refused_consent", ASKER),
    "orders:consent_decide": form("escalated_consent", DECIDING),
    "api:price_consent-list": reads(),
    "api:price_consent-detail": reads("price_consent"),
    "api:price_consent-give": posts("price_consent", LEADER),
    "api:price_consent-refuse": posts("price_consent", LEADER),
    "api:price_consent-escalate": posts("refused_consent", ASKER),
    "api:price_consent-take-back": posts("refused_consent", ASKER),
    "api:price_consent-decide": posts("escalated_consent", DECIDING),
}
