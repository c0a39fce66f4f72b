"""What is done to customers: created, edited, given terms, activated, blocked and closed."""

from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.actions.placing import begin_leading, begin_plant, save_new, serving_location
from accounts.countries import checked_country, language_for
from accounts.duplicates import refuse_same_vat, same_vat, warn_of_similar
from accounts.models import Customer, CustomerGroup, GroupMembership, Location, Plant
from accounts.vat import checked_vat
from kam.core import clock
from kam.core.money import validate_currency
from kam.core.numbering import next_number
from kam.core.periods import period
from kam.core.shape import change, refuse_misshapen
from kam.core.verbs import verb
from kam.core.workflow import Denied

ADDRESS = ("country", "address", "postal_code", "city", "region")
EDITABLE = ("code", "name", "vat_id", "tax_code", *ADDRESS, "website", "language", "sector", "currency", "approves_site", "notes")
INCOTERMS = {
    "2010": frozenset(["EXW", "FCA", "CPT", "CIP", "DAT", "DAP", "DDP", "FAS", "FOB", "CFR", "CIF"]),
    "2020": frozenset(["EXW", "FCA", "CPT", "CIP", "DAP", "DPU", "DDP", "FAS", "FOB", "CFR", "CIF"]),
}


@verb("accounts.create_customer", _("Create customer"))
def create_customer(
    model: type[Customer],
    *,
    actor: Any,
    reason: str = "",
    name: str,
    country: str,
    city: str,
    code: str = "",
    group: CustomerGroup | None = None,
    location: Location | None = None,
    confirm_similar: bool = False,
    **details: Any,
) -> Customer:
    """Create a customer, as a prospect, with its plant: name, country and city are enough.

    An account manager gets it assigned; for an area manager or a back office their location serves and leads it.
    Raises Denied for a VAT number that is wrong (AT-60) or known already, for a code in use, and for a similar name
    in the same city until `confirm_similar`.
    """
    country = checked_country(country)
    if not city.strip():
        raise Denied("invalid", _("Name the city: it tells companies of the same name apart."), field="city", status=400)
    customer = model(
        code=code.strip(), country=country, language=details.pop("language", "") or language_for(country), group=group
    )
    change(customer, {"name": name, "city": city, **details}, allowed=EDITABLE)
    customer.vat_id = checked_vat(customer.vat_id, country)
    refuse_misshapen(customer, ["code"] if customer.code else [])
    _check_currency(customer)
    refuse_same_vat(customer.vat_id, name=customer.name, actor=actor)
    if not confirm_similar:
        warn_of_similar(customer.name, customer.city, actor=actor)
    place = serving_location(actor, "accounts.create_customer", location)
    customer.code = customer.code or next_number("C", location=country, year=clock.today().year)
    _save(customer, actor)
    if group is not None:
        GroupMembership.objects.create(customer=customer, group=group, period=period(None))
    address = {field: getattr(customer, field) for field in ADDRESS}
    begin_plant(Plant(customer=customer, name=customer.city, **address), location=place)
    begin_leading(actor, "accounts.create_customer", customer=customer)
    return customer


def _check_currency(customer: Customer) -> None:
    try:
        validate_currency(customer.currency)
    except Exception as error:
        text = _("“%(code)s” is not a currency code; write it as in EUR.") % {"code": customer.currency}
        raise Denied("currency", text, field="currency", status=400) from error


def _save(customer: Customer, actor: Any) -> None:
    """Insert or update; of two people who write the same VAT number at once, the second is refused."""
    try:
        with transaction.atomic():
            if customer.pk is None:
                save_new(customer, "code")
            else:
                customer.save()
    except IntegrityError as error:
        constraint = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") or ""
        if constraint == "accounts_customer_vat_once":
            twin = Customer.objects.get(vat_id=customer.vat_id, merged_into__isnull=True)
            raise same_vat(twin, name=customer.name, actor=actor) from None
        if "code" in constraint:
            raise Denied("code_taken", _("This code is in use already. Choose another one."), field="code") from None
        raise


def refuse_merged(customer: Customer) -> None:
    """Raise Denied for a record that was merged into another one: it only keeps the old code."""
    if customer.merged_into_id is not None:
        raise Denied("merged", _("This record was merged into another customer. Work on that one."))


@verb("accounts.edit_customer", _("Edit customer"))
def edit_customer(customer: Customer, *, actor: Any, reason: str = "", confirm_similar: bool = False, **values: Any) -> Customer:
    """Change names, address, language, sector and notes of a customer; its terms, status and group have their own verbs.

    Raises Denied as at creation.
    """
    refuse_merged(customer)
    if "country" in values:
        values["country"] = checked_country(values["country"])
    if "vat_id" in values or "country" in values:
        values["vat_id"] = checked_vat(values.get("vat_id", customer.vat_id), values.get("country", customer.country))
    changed = change(customer, values, allowed=EDITABLE)
    if not changed:
        return customer
    if "currency" in changed:
        _check_currency(customer)
    if "vat_id" in changed:
        customer.vat_checked_on = None
        refuse_same_vat(customer.vat_id, name=customer.name, actor=actor, besides=customer)
    if not confirm_similar and {"name", "city"} & set(changed):
        warn_of_similar(customer.name, customer.city, actor=actor, besides=customer)
    _save(customer, actor)
    return customer


@verb("accounts.edit_customer_terms", _("Edit commercial terms"))
def edit_customer_terms(customer: Customer, *, actor: Any, reason: str = "", **values: Any) -> Customer:
    """Change payment terms, Incoterms and credit limit. Raises Denied for Incoterms that their version does not know."""
    refuse_merged(customer)
    if "incoterms" in values:
        values["incoterms"] = str(values["incoterms"] or "").strip().upper()
    changed = change(customer, values, allowed=Customer.commercial_fields)
    if not changed:
        return customer
    if customer.incoterms:
        version = customer.incoterms_version or "2020"
        if customer.incoterms not in INCOTERMS[version]:
            text = _("“%(code)s” is no delivery term of Incoterms %(version)s.") % {
                "code": customer.incoterms,
                "version": version,
            }
            raise Denied("unknown_incoterms", text, field="incoterms", status=400)
        customer.incoterms_version = version
    if customer.credit_limit is not None and customer.credit_limit < 0:
        raise Denied("credit_below_zero", _("A credit limit is zero or more."), field="credit_limit", status=400)
    customer.save()
    return customer


def _move(customer: Customer, code: str, reason: str, *, reason_required: bool = False) -> Customer:
    reason = " ".join(reason.split())
    if reason_required and not reason:
        raise Denied("reason_needed", _("Say why: the reason stands on the customer's page."), field="reason", status=400)
    Customer.workflow.move(customer, code)
    customer.status_reason = reason
    refuse_misshapen(customer, ["status_reason"])
    customer.save(update_fields=["status", "status_reason"])
    return customer


@verb("accounts.activate_customer", _("Activate"))
def activate_customer(customer: Customer, *, actor: Any, reason: str = "") -> Customer:
    """Make a prospect a customer to whom we may sell, or open a closed one again."""
    return _move(customer, "accounts.activate_customer", reason)


@verb("accounts.block_customer", _("Block"))
def block_customer(customer: Customer, *, actor: Any, reason: str = "") -> Customer:
    """Block a customer for new business, with a reason that everybody on the account reads."""
    return _move(customer, "accounts.block_customer", reason, reason_required=True)


@verb("accounts.unblock_customer", _("Lift the block"))
def unblock_customer(customer: Customer, *, actor: Any, reason: str = "") -> Customer:
    """Let a blocked customer buy again."""
    return _move(customer, "accounts.unblock_customer", reason)


@verb("accounts.close_customer", _("Close"))
def close_customer(customer: Customer, *, actor: Any, reason: str = "") -> Customer:
    """Close a customer that we no longer sell to, with the reason; its history stays."""
    return _move(customer, "accounts.close_customer", reason, reason_required=True)
