"""What is done to contacts, the people at our customers: created, edited, erased on their request."""

from typing import Any

import pgtrigger
from django.apps import apps
from django.utils.translation import gettext_lazy as _

from accounts.models import Contact, Customer, Plant
from kam.core import clock
from kam.core.shape import change
from kam.core.verbs import verb
from kam.core.workflow import Denied

EDITABLE = (
    "customer",
    "plant",
    "first_name",
    "last_name",
    "function",
    "decision_role",
    "language",
    "email",
    "phone",
    "mobile",
    "legal_basis",
    "relationship",
    "is_active",
)
PERSONAL = {
    "first_name": "",
    "email": "",
    "phone": "",
    "mobile": "",
    "function": "",
    "legal_basis": "",
    "decision_role": "",
    "relationship": None,
}


def _check_place(contact: Contact, actor: Any, code: str) -> None:
    """The plant must be the customer's, and both must be this person's to write."""
    if contact.plant is not None and contact.plant.customer_id != contact.customer_id:
        raise Denied("foreign_plant", _("The plant does not belong to this customer."), field="plant", status=400)
    if actor is None:
        return
    subject: Plant | Customer = contact.plant or contact.customer
    if not type(subject).objects.permitted(actor, code).filter(pk=subject.pk).exists():
        field = "plant" if contact.plant else "customer"
        raise Denied(
            "not_your_customer", _("Only who works for this customer or plant keeps its contacts."), field=field, status=403
        )


@verb("accounts.create_contact", _("Create contact"))
def create_contact(
    model: type[Contact], *, actor: Any, reason: str = "", customer: Customer, last_name: str, **details: Any
) -> Contact:
    """Record a person at a customer, or at one of its plants."""
    contact = model(customer=customer, language=details.pop("language", "") or customer.language)
    change(contact, {"last_name": last_name, **details}, allowed=EDITABLE)
    _check_place(contact, actor, "accounts.create_contact")
    contact.save(force_insert=True)
    return contact


@verb("accounts.edit_contact", _("Edit contact"))
def edit_contact(contact: Contact, *, actor: Any, reason: str = "", **values: Any) -> Contact:
    """Change what is known of a contact. Raises Denied for one who was erased."""
    if contact.erased_at is not None:
        raise Denied("erased", _("This person was erased on request. Record a new contact."))
    if "customer" in values and values["customer"] != contact.customer and "plant" not in values:
        values["plant"] = None
    if change(contact, values, allowed=EDITABLE):
        _check_place(contact, actor, "accounts.edit_contact")
        contact.save()
    return contact


@verb("accounts.erase_contact", _("Erase personal data"))
def erase_contact(contact: Contact, *, actor: Any, reason: str = "") -> Contact:
    """Put a pseudonym in the place of a person, in the row, in its history and so in the search; who did it and why stays.

    Regulation (EU) 2016/679, article 17. Raises Denied without a reason, and when it was done already.
    """
    if not reason.strip():
        raise Denied("reason_needed", _("Say why: the request and its date."), field="reason", status=400)
    if contact.erased_at is not None:
        raise Denied("erased", _("This person was erased already."))
    pseudonym = {**PERSONAL, "last_name": f"#{contact.pk}"}
    for name, value in pseudonym.items():
        setattr(contact, name, value)
    contact.erased_at, contact.is_active = clock.now(), False
    contact.save()
    events = apps.get_model("accounts", "ContactEvent")
    with pgtrigger.ignore("accounts.ContactEvent:append_only"):
        events.objects.filter(pgh_obj_id=contact.pk).update(**pseudonym)
    return contact
