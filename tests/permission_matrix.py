"""THE table of rights: every address of KAM, the kind of row it is about, and for each method who may (the letters of tests.world).

`*` is everybody who sees the row. A row that somebody does not see at all is 404 whatever the method. What a permission is
*for* stands in domain 11.1; this table says it a second time, so that a change of kam/roles.py is noticed here.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from kam.core.periods import period

#: Kinds that belong to an account: a role there opens them, no role at all opens none.
CUSTOMERS = {
    "group", "global_account", "customer", "plant", "contact", "activity", "promise", "customer_item", "programme",
    "assignment", "about", "document", "link",
}  # fmt: skip
#: Of these the area manager of another plant of the same global account sees the card, and does nothing there.
CARDS = {"group", "global_account", "customer", "plant", "contact", "activity", "promise", "assignment", "about"}

#: Away yesterday, today and for a month.
AWAY = period(date.today() - timedelta(days=1), date.today() + timedelta(days=30))
OFFICE, COMMERCIAL, ACCOUNT = "arsb", "ars", "as"
WORKING = "arsbtqplfem"
COMMENTING = WORKING + "d"


@dataclass(frozen=True)
class Row:
    """One address: the kind of row that its key names ("" without one), who may by method, and what must be true before a verb.

    `others`: who may do the verbs on a row that is another person's or location's but seen by all, or seen as a card.
    """

    kind: str
    who: dict[str, str]
    before: dict[str, Any] = field(default_factory=dict)
    others: str = ""
    asks: bool = False

    def reading(self, method: str) -> bool:
        """Whether this method only shows the row (a page that asks before a verb is part of the verb)."""
        return method == "GET" and not self.asks


def reads(kind: str = "", who: str = "*") -> Row:
    """A page or an endpoint to read."""
    return Row(kind, {"GET": who})


def lists(who: str = "*") -> Row:
    """A list page: its layout, views and export are posted to it."""
    return Row("", {"GET": who, "POST": who})


def form(kind: str, who: str, *, others: str = "", **before: Any) -> Row:
    """A page that asks and does."""
    return Row(kind, {"GET": who, "POST": who}, before, others, asks=True)


def posts(kind: str, who: str, *, others: str = "", **before: Any) -> Row:
    """A verb that is only posted."""
    return Row(kind, {"POST": who}, before, others)


def many(create: str) -> Row:
    """A collection of the API: read by everybody, added to by these."""
    return Row("", {"GET": "*", "POST": create})


def one(kind: str, edit: str, delete: str = "", *, others: str = "") -> Row:
    """A record of the API: read by whoever sees it, changed by these."""
    return Row(kind, {"GET": "*", "PUT": edit, "PATCH": edit} | ({"DELETE": delete} if delete else {}), {}, others)


#: Addresses for which nobody needs to be signed in.
PUBLIC = {
    "healthz", "readyz", "set_language", "account_login", "account_inactive", "account_reset_password",
    "account_reset_password_done", "account_reset_password_from_key", "account_reset_password_from_key_done",
    "account_email_verification_sent", "account_confirm_email", "account_logout", "account_signup", "account_confirm_login_code",
    "mfa_authenticate", "mfa_login_webauthn", "socialaccount_login_cancelled", "socialaccount_login_error", "socialaccount_signup",
    "openid_connect_login", "openid_connect_callback", "accounts:feed_read",
}  # fmt: skip
#: Pages of the log-in library for a signed-in person, about themselves only.
OF_ONESELF = {
    "account_reauthenticate", "account_email", "account_change_password", "account_set_password", "mfa_index", "mfa_reauthenticate",
    "mfa_activate_totp", "mfa_deactivate_totp", "mfa_view_recovery_codes", "mfa_generate_recovery_codes",
    "mfa_download_recovery_codes", "mfa_list_webauthn", "mfa_add_webauthn", "mfa_reauthenticate_webauthn", "mfa_remove_webauthn",
    "mfa_edit_webauthn", "socialaccount_connections", "usersessions_list",
}  # fmt: skip

MATRIX: dict[str, Row] = {
    # the roof
    "home": reads(),
    "search": reads(),
    "help": reads(),
    # the floor: work, notifications, calendars, rates, parameters
    "core:work_list": reads(),
    "core:work_all": lists(),
    "core:home_work": reads(),
    "core:work_detail": reads("work"),
    "core:work_complete": form("work", "*"),
    "core:work_claim": form("work", "*"),
    "core:work_reassign": form("work", "*"),
    "core:work_cancel": form("work", "*"),
    "core:notification_list": lists(),
    "core:notification_preferences": form("", "*"),
    "core:notification_open": reads("notification"),
    "core:calendar_list": lists(),
    "core:calendar_create": form("", "d"),
    "core:calendar_detail": reads("calendar"),
    "core:calendar_edit": form("calendar", "d"),
    "core:calendar_days": form("calendar", "pd"),
    "core:rate_list": lists(),
    "core:rate_create": form("", "fd"),
    "core:rate_correct": form("rate", "fd"),
    "core:parameter_list": reads(),
    "core:parameter_create": form("", "d"),
    "core:document_type_list": lists(),
    "core:document_type_create": form("", "d"),
    "core:document_type_edit": form("document_type", "d"),
    "core:print_form_list": lists(),
    "core:print_form_edit": form("print_form", "d"),
    "core:timeline": Row("about", {"GET": "*", "POST": COMMENTING}),
    "core:record_work": reads("about"),
    "core:documents": Row("about", {"GET": "*", "POST": WORKING}),
    "core:links": Row("about", {"GET": "*", "POST": WORKING}),
    "core:link_remove": posts("link", WORKING),
    "core:comment_delete": posts("comment", COMMENTING),
    "core:comment_edit": form("comment", COMMENTING),
    "core:document_preview": reads("document"),
    "core:document_detail": reads("document"),
    "core:document_edit": form("document", WORKING),
    "core:document_revise": form("document", WORKING),
    "core:document_retire": form("document", WORKING),
    "core:job_list": lists(),
    "core:job_detail": reads("job"),
    "core:job_cancel": posts("waiting_job", "*"),
    "core:job_file": reads("job"),
    "core:import_list": lists(),
    "core:import_create": form("", COMMENTING),
    "core:import_sheet": posts("", "sd"),
    "core:import_detail": reads("import"),
    "core:import_errors": posts("import", "*"),
    "core:import_confirm": Row("import", {"GET": "*", "POST": "sd"}, asks=True),
    "core:import_cancel": form("import", "*"),
    "core:token_list": form("", "*"),
    "core:token_revoke": posts("token", "*"),
    "core:access_log_list": lists("d"),
    # people and the organisation
    "accounts:user_list": lists(),
    "accounts:user_create": form("", "d"),
    "accounts:user_choices": reads(),
    "accounts:profile": form("", "*"),
    "accounts:user_detail": reads("user"),
    "accounts:user_edit": form("user", "d"),
    "accounts:user_deactivate": form("user", "d"),
    "accounts:user_reactivate": form("user", "d", is_active=False),
    "accounts:session_list": reads(),
    "accounts:session_end": form("session", "*"),
    "accounts:grant_role": form("user", "d"),
    "accounts:role_grant_list": lists(),
    "accounts:role_grant_end": form("role_grant", "d"),
    "accounts:location_list": lists(),
    "accounts:location_create": form("", "d"),
    "accounts:location_detail": reads("location"),
    "accounts:location_edit": form("location", "d"),
    "accounts:department_list": lists(),
    "accounts:department_create": form("", "d"),
    "accounts:department_detail": reads("department"),
    "accounts:department_edit": form("department", "d"),
    "accounts:market_list": lists(),
    "accounts:market_create": form("", "sd"),
    "accounts:market_detail": reads("market"),
    "accounts:market_edit": form("market", "sd"),
    "accounts:delegation_list": lists(),
    "accounts:delegation_create": form("", COMMENTING),
    "accounts:delegation_for_other": form("", "smd"),
    "accounts:delegation_detail": reads("delegation"),
    "accounts:delegation_end": form("delegation", "*", others="smd", period=AWAY),
    "accounts:away": reads("absence"),
    "accounts:away_read": form("absence", "*"),
    "accounts:assignment_list": lists(),
    "accounts:assignment_create": form("", "s"),
    "accounts:gaps": reads(),
    "accounts:assignment_detail": reads("assignment"),
    "accounts:assignment_end": form("assignment", "s"),
    "accounts:hand_over_list": lists(),
    "accounts:hand_over_create": form("", "s"),
    "accounts:hand_over_detail": reads("hand_over"),
    "accounts:hand_over_cancel": form("hand_over", "s"),
    "accounts:home_away": reads(),
    "accounts:home_gaps": reads(),
    "accounts:home_figures": reads(),
    "accounts:home_plants": reads(),
    "accounts:home_visits": reads(),
    "accounts:home_team": reads(),
    "accounts:home_setup": reads(),
    # customers
    "accounts:customer_list": lists(),
    "accounts:customer_create": form("", OFFICE),
    "accounts:customer_choices": reads(),
    "accounts:customer_detail": reads("customer"),
    "accounts:customer_edit": form("customer", OFFICE),
    "accounts:customer_terms": form("customer", "asf"),
    "accounts:customer_activate": form("customer", COMMERCIAL, status="prospect"),
    "accounts:customer_block": form("customer", "asf"),
    "accounts:customer_unblock": form("customer", "asf", status="blocked", status_reason="Not paid"),
    "accounts:customer_close": form("customer", ACCOUNT),
    "accounts:customer_add_external_code": form("customer", OFFICE + "d"),
    "accounts:customer_merge": form("customer", "s"),
    "accounts:customer_acquire": form("customer", "s"),
    "accounts:customer_plants": reads("customer"),
    "accounts:customer_contacts": reads("customer"),
    "accounts:customer_activities": reads("customer"),
    "accounts:customer_promises": reads("customer"),
    "accounts:customer_group_list": lists(),
    "accounts:customer_group_create": form("", ACCOUNT),
    "accounts:customer_group_choices": reads(),
    "accounts:customer_group_detail": reads("group"),
    "accounts:customer_group_edit": form("group", ACCOUNT),
    "accounts:global_account_list": lists(),
    "accounts:global_account_detail": reads("global_account"),
    "accounts:plant_list": lists(),
    "accounts:plant_create": form("", OFFICE),
    "accounts:plant_choices": reads(),
    "accounts:plant_detail": reads("plant"),
    "accounts:plant_edit": form("plant", OFFICE),
    "accounts:plant_serve": form("plant", ACCOUNT),
    "accounts:plant_add_external_code": form("plant", OFFICE + "d"),
    "accounts:plant_sell": form("plant", "s"),
    "accounts:plant_close": form("plant", ACCOUNT),
    "accounts:plant_contacts": reads("plant"),
    "accounts:plant_activities": reads("plant"),
    "accounts:plant_promises": reads("plant"),
    "accounts:contact_list": lists(),
    "accounts:contact_create": form("", OFFICE),
    "accounts:contact_choices": reads(),
    "accounts:contact_detail": reads("contact"),
    "accounts:contact_edit": form("contact", OFFICE),
    "accounts:contact_erase": form("contact", "sd"),
    "accounts:contact_report": Row("contact", {"GET": "sd"}, asks=True),
    # activities and promises
    "accounts:activity_list": lists(),
    "accounts:activity_create": form("", WORKING),
    "accounts:activity_calendar": reads(),
    "accounts:activity_offline": form("", WORKING),
    "accounts:visit_worker": reads(),
    "accounts:customer_visit_sheet": posts("customer", "*", others="g"),
    "accounts:plant_visit_sheet": posts("plant", "*", others="g"),
    "accounts:activity_detail": reads("activity"),
    "accounts:activity_file": reads("activity"),
    "accounts:activity_edit": form("activity", WORKING),
    "accounts:activity_complete": form("activity", WORKING),
    "accounts:activity_cancel": form("activity", WORKING),
    "accounts:activity_reopen": form("activity", WORKING, status="cancelled"),
    "accounts:feed_list": form("", "*"),
    "accounts:feed_revoke": posts("feed", "*"),
    "accounts:home_activities": reads(),
    "accounts:home_unvisited": reads(),
    "accounts:promise_list": lists(),
    "accounts:promise_create": form("", WORKING),
    "accounts:promise_detail": reads("promise"),
    "accounts:promise_edit": form("promise", WORKING),
    "accounts:promise_keep": form("promise", WORKING),
    "accounts:promise_break": form("promise", WORKING),
    "accounts:promise_withdraw": form("promise", WORKING),
    "accounts:home_promises": reads(),
    # the catalogue
    "catalog:product_list": lists(),
    "catalog:product_create": form("", "t"),
    "catalog:product_choices": reads(),
    "catalog:product_detail": reads("product"),
    "catalog:product_edit": form("product", "t"),
    "catalog:product_launch": form("product", "t", status="development"),
    "catalog:product_phase_out": form("product", "st"),
    "catalog:product_discontinue": form("product", "st", status="phase_out", last_order_date="2026-01-07"),
    "catalog:product_reactivate": form("product", "st", status="discontinued", last_order_date="2026-01-07"),
    "catalog:product_revisions": reads("product"),
    "catalog:product_costs": reads("product"),
    "catalog:product_prices": reads("product"),
    "catalog:product_items": reads("product"),
    "catalog:product_bills": reads("product"),
    "catalog:family_list": reads(),
    "catalog:family_create": form("", "st"),
    "catalog:family_detail": reads("family"),
    "catalog:family_edit": form("family", "st"),
    "catalog:product_revision_list": lists(),
    "catalog:product_revision_create": form("", "t"),
    "catalog:product_revision_choices": reads(),
    "catalog:product_revision_detail": reads("revision"),
    "catalog:product_revision_edit": form("revision", "t"),
    "catalog:product_revision_release": form("revision", "t"),
    "catalog:product_revision_discard": form("revision", "t"),
    "catalog:standard_cost_list": lists("arsfmu"),
    "catalog:standard_cost_publish": form("", "f"),
    "catalog:list_price_list": lists("arsbfmu"),
    "catalog:list_price_create": form("", "s"),
    "catalog:list_price_withdraw": form("price", "s"),
    "catalog:customer_item_list": lists(),
    "catalog:customer_item_create": form("", OFFICE),
    "catalog:customer_item_detail": reads("customer_item"),
    "catalog:customer_item_edit": form("customer_item", OFFICE),
    "catalog:customer_items": reads("customer"),
    "catalog:programme_list": lists(),
    "catalog:programme_create": form("", OFFICE),
    "catalog:programme_detail": reads("programme"),
    "catalog:programme_edit": form("programme", OFFICE),
    "catalog:work_centre_list": lists(),
    "catalog:work_centre_create": form("", "p"),
    "catalog:work_centre_detail": reads("work_centre"),
    "catalog:work_centre_edit": form("work_centre", "p"),
    "catalog:bill_list": lists(),
    "catalog:without_bill_list": lists(),
    "catalog:bill_create": form("", "p"),
    "catalog:bill_detail": reads("bill"),
    "catalog:bill_edit": form("bill", "p"),
    # the API
    "api:search": reads(),
    "api:schema": reads(),
    "api:documentation": reads(),
    "api:user-list": many("d"),
    "api:user-me": reads(),
    "api:user-detail": one("user", "d"),
    "api:user-deactivate": posts("user", "d"),
    "api:user-reactivate": posts("user", "d", is_active=False),
    "api:role_grant-list": many("d"),
    "api:role_grant-detail": reads("role_grant"),
    "api:role_grant-end": posts("role_grant", "d"),
    "api:delegation-list": many(COMMENTING),
    "api:delegation-detail": reads("delegation"),
    "api:delegation-end": posts("delegation", "*", others="smd", period=AWAY),
    "api:delegation-welcome-back": posts("delegation", "*"),
    "api:location-list": many("d"),
    "api:location-detail": one("location", "d"),
    "api:department-list": many("d"),
    "api:department-detail": one("department", "d"),
    "api:market-list": many("sd"),
    "api:market-detail": one("market", "sd"),
    "api:assignment-list": many("s"),
    "api:assignment-detail": reads("assignment"),
    "api:assignment-end": posts("assignment", "s"),
    "api:hand_over-list": many("s"),
    "api:hand_over-detail": reads("hand_over"),
    "api:hand_over-cancel": posts("hand_over", "s"),
    "api:customer-list": many(OFFICE),
    "api:customer-detail": one("customer", OFFICE),
    "api:customer-acquire": posts("customer", "s"),
    "api:customer-activate": posts("customer", COMMERCIAL, status="prospect"),
    "api:customer-block": posts("customer", "asf"),
    "api:customer-close": posts("customer", ACCOUNT),
    "api:customer-external-code": posts("customer", OFFICE + "d"),
    "api:customer-merge": posts("customer", "s"),
    "api:customer-terms": posts("customer", "asf"),
    "api:customer-unblock": posts("customer", "asf", status="blocked", status_reason="Not paid"),
    "api:customer_group-list": many(ACCOUNT),
    "api:customer_group-detail": one("group", ACCOUNT),
    "api:global_account-list": reads(),
    "api:global_account-detail": reads("global_account"),
    "api:plant-list": many(OFFICE),
    "api:plant-detail": one("plant", OFFICE),
    "api:plant-close": posts("plant", ACCOUNT),
    "api:plant-external-code": posts("plant", OFFICE + "d"),
    "api:plant-sell": posts("plant", "s"),
    "api:plant-serve": posts("plant", ACCOUNT),
    "api:contact-list": many(OFFICE),
    "api:contact-detail": one("contact", OFFICE),
    "api:contact-erase": posts("contact", "sd"),
    "api:contact-report": Row("contact", {"GET": "sd"}, asks=True),
    "api:activity-list": many(WORKING),
    "api:activity-detail": one("activity", WORKING),
    "api:activity-from-mail": posts("", WORKING),
    "api:activity-cancel": posts("activity", WORKING),
    "api:activity-complete": posts("activity", WORKING),
    "api:activity-reopen": posts("activity", WORKING, status="cancelled"),
    "api:promise-list": many(WORKING),
    "api:promise-detail": one("promise", WORKING),
    "api:promise-break-": posts("promise", WORKING),
    "api:promise-keep": posts("promise", WORKING),
    "api:promise-withdraw": posts("promise", WORKING),
    "api:exchange_rate-list": many("fd"),
    "api:exchange_rate-detail": reads("rate"),
    "api:exchange_rate-correct": posts("rate", "fd"),
    "api:job-list": reads(),
    "api:job-detail": reads("job"),
    "api:job-cancel": posts("waiting_job", "*"),
    "api:job-file": reads("job"),
    "api:notification_preference-list": many("*"),
    "api:notification_preference-detail": reads("preference"),
    "api:notification-list": reads(),
    "api:notification-read-all": posts("", "*"),
    "api:notification-detail": reads("notification"),
    "api:notification-read": posts("notification", "*"),
    "api:parameter-list": many("d"),
    "api:parameter-definitions": reads(),
    "api:parameter-detail": reads("parameter"),
    "api:work_item-list": reads(),
    "api:work_item-detail": reads("work"),
    "api:work_item-cancel": posts("work", "*"),
    "api:work_item-claim": posts("work", "*"),
    "api:work_item-complete": posts("work", "*"),
    "api:work_item-reassign": posts("work", "*"),
    "api:working_calendar-list": many("d"),
    "api:working_calendar-detail": one("calendar", "d"),
    "api:working_calendar-set-days": posts("calendar", "pd"),
    "api:product_family-list": many("st"),
    "api:product_family-detail": one("family", "st"),
    "api:product-list": many("t"),
    "api:product-detail": one("product", "t"),
    "api:product-discontinue": posts("product", "st", status="phase_out", last_order_date="2026-01-07"),
    "api:product-launch": posts("product", "t", status="development"),
    "api:product-phase-out": posts("product", "st"),
    "api:product-reactivate": posts("product", "st", status="discontinued", last_order_date="2026-01-07"),
    "api:product_revision-list": many("t"),
    "api:product_revision-detail": one("revision", "t", "t"),
    "api:product_revision-release": posts("revision", "t"),
    "api:standard_cost-list": reads(),
    "api:standard_cost-publish": posts("", "f"),
    "api:standard_cost-detail": reads("cost"),
    "api:list_price-list": many("s"),
    "api:list_price-detail": Row("price", {"GET": "*", "DELETE": "s"}),
    "api:customer_item-list": many(OFFICE),
    "api:customer_item-detail": one("customer_item", OFFICE),
    "api:work_centre-list": many("p"),
    "api:work_centre-detail": one("work_centre", "p"),
    "api:bill_of_resources-list": many("p"),
    "api:bill_of_resources-detail": one("bill", "p"),
    "api:programme-list": many(OFFICE),
    "api:programme-detail": one("programme", OFFICE),
    "api:comment-list": many(COMMENTING),
    "api:comment-detail": one("comment", COMMENTING, COMMENTING),
    "api:link-list": many(WORKING),
    "api:link-detail": Row("link", {"GET": "*", "DELETE": WORKING}),
    "api:document_type-list": many("d"),
    "api:document_type-detail": one("document_type", "d"),
    "api:print_form-list": reads(),
    "api:print_form-detail": one("print_form", "d"),
    "api:document-list": many(WORKING),
    "api:document-detail": one("document", WORKING),
    "api:document-file": reads("document"),
    "api:document-retire": posts("document", WORKING),
    "api:document-revise": posts("document", WORKING),
    "api:import-list": many(COMMENTING),
    "api:import-kinds": reads(),
    "api:import-detail": reads("import"),
    "api:import-cancel": posts("import", "*"),
    "api:import-confirm": posts("import", "sd"),
}
