"""ROOF: which role carries which verb. The rows on which it may be done follow from the grant's scope (accounts.models.access).

Decision rights are those of domain 11.1: the account manager owns the relation and development, the area manager runs
the plants of the location day to day, the sales manager decides conflicts, the administrator keeps people and parameters.
"""

ACCOUNT = frozenset({"account_manager", "sales_manager"})
COMMERCIAL = ACCOUNT | {"area_manager"}
OFFICE = COMMERCIAL | {"back_office"}
DEPARTMENTS = frozenset({"technical", "quality", "production", "logistics", "finance", "service"})
EVERYBODY = OFFICE | DEPARTMENTS | {"management"}
ADMINISTRATION = frozenset({"administrator"})
DIRECTION = frozenset({"sales_manager", "administrator"})

ROLE_VERBS: dict[str, frozenset[str]] = {
    # people and the organisation
    "accounts.create_user": ADMINISTRATION,
    "accounts.edit_user": ADMINISTRATION,
    "accounts.deactivate_user": ADMINISTRATION,
    "accounts.grant_role": ADMINISTRATION,
    "accounts.end_role": ADMINISTRATION,
    "accounts.reactivate_user": ADMINISTRATION,
    "accounts.create_location": ADMINISTRATION,
    "accounts.edit_location": ADMINISTRATION,
    "accounts.create_department": ADMINISTRATION,
    "accounts.edit_department": ADMINISTRATION,
    "accounts.create_market": DIRECTION,
    "accounts.edit_market": DIRECTION,
    "accounts.delegate": EVERYBODY | ADMINISTRATION,
    "accounts.delegate_for_other": DIRECTION | {"management"},
    "accounts.end_delegation": EVERYBODY | ADMINISTRATION,
    "accounts.welcome_back": EVERYBODY | ADMINISTRATION,
    "core.read_access_log": ADMINISTRATION,
    # what stands on any record
    "core.attach_document": EVERYBODY,
    "core.revise_document": EVERYBODY,
    "core.edit_document": EVERYBODY,
    "core.retire_document": EVERYBODY,
    "core.write_comment": EVERYBODY | ADMINISTRATION,
    "core.edit_comment": EVERYBODY | ADMINISTRATION,
    "core.delete_comment": EVERYBODY | ADMINISTRATION,
    "core.link_records": EVERYBODY,
    "core.unlink_records": EVERYBODY,
    "core.upload_import": EVERYBODY | ADMINISTRATION,
    # calendars, rates and parameters
    "core.create_calendar": ADMINISTRATION,
    "core.change_calendar": ADMINISTRATION,
    "core.set_calendar_days": ADMINISTRATION | {"production"},
    "core.record_exchange_rate": ADMINISTRATION | {"finance"},
    "core.correct_exchange_rate": ADMINISTRATION | {"finance"},
    "core.set_parameter": ADMINISTRATION,
    # customers
    "accounts.edit_group": ACCOUNT,
    "accounts.create_group": ACCOUNT,
    "accounts.create_customer": OFFICE,
    "accounts.edit_customer": OFFICE,
    "accounts.edit_customer_terms": ACCOUNT | {"finance"},
    "accounts.activate_customer": COMMERCIAL,
    "accounts.block_customer": ACCOUNT | {"finance"},
    "accounts.unblock_customer": ACCOUNT | {"finance"},
    "accounts.close_customer": ACCOUNT,
    "accounts.merge_customers": frozenset({"sales_manager"}),
    "accounts.acquire_company": frozenset({"sales_manager"}),
    "accounts.create_plant": OFFICE,
    "accounts.edit_plant": OFFICE,
    "accounts.sell_plant": frozenset({"sales_manager"}),
    "accounts.close_plant": ACCOUNT,
    "accounts.serve_plant": ACCOUNT,
    "accounts.create_contact": OFFICE,
    "accounts.edit_contact": OFFICE,
    "accounts.erase_contact": DIRECTION,
    "accounts.assign": frozenset({"sales_manager"}),
    "accounts.end_assignment": frozenset({"sales_manager"}),
    "accounts.hand_over": frozenset({"sales_manager"}),
    "accounts.complete_hand_over": frozenset({"sales_manager"}),
    "accounts.cancel_hand_over": frozenset({"sales_manager"}),
    # activities and promises: also whoever has a visit to report
    "accounts.create_activity": EVERYBODY,
    "accounts.edit_activity": EVERYBODY,
    "accounts.complete_activity": EVERYBODY,
    "accounts.cancel_activity": EVERYBODY,
    "accounts.reopen_activity": EVERYBODY,
    "accounts.create_promise": EVERYBODY,
    "accounts.edit_promise": EVERYBODY,
    "accounts.keep_promise": EVERYBODY,
    "accounts.break_promise": EVERYBODY,
    "accounts.withdraw_promise": EVERYBODY,
    "accounts.edit_external_code": OFFICE | ADMINISTRATION,
    "accounts.end_external_code": OFFICE | ADMINISTRATION,
    # the catalogue
    "catalog.create_family": frozenset({"technical", "sales_manager"}),
    "catalog.edit_family": frozenset({"technical", "sales_manager"}),
    "catalog.create_product": frozenset({"technical"}),
    "catalog.edit_product": frozenset({"technical"}),
    "catalog.launch_product": frozenset({"technical"}),
    "catalog.phase_out_product": frozenset({"technical", "sales_manager"}),
    "catalog.discontinue_product": frozenset({"technical", "sales_manager"}),
    "catalog.reactivate_product": frozenset({"technical", "sales_manager"}),
    "catalog.create_revision": frozenset({"technical"}),
    "catalog.edit_revision": frozenset({"technical"}),
    "catalog.release_revision": frozenset({"technical"}),
    "catalog.discard_revision": frozenset({"technical"}),
    "catalog.publish_costs": frozenset({"finance"}),
    "catalog.record_list_price": frozenset({"sales_manager"}),
    "catalog.withdraw_list_price": frozenset({"sales_manager"}),
    "catalog.create_customer_item": OFFICE,
    "catalog.edit_customer_item": OFFICE,
    "catalog.create_programme": OFFICE,
    "catalog.edit_programme": OFFICE,
    "catalog.create_work_centre": frozenset({"production"}),
    "catalog.edit_work_centre": frozenset({"production"}),
    "catalog.record_bill": frozenset({"production"}),
    "catalog.edit_bill": frozenset({"production"}),
}
