"""What is done to contacts, the people at our customers: created, edited, erased on their request."""

from typing import Any

import pgtrigger
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db.models import F, Func, Value
from django.db.models.functions import Left
from django.utils.translation import gettext_lazy as _

from accounts.models import Contact, Customer, Plant
from accounts.reports.person import NAMED_IN, PersonReport, naming, person_report, surely_names
from kam.core import clock
from kam.core.access_log import AccessLog, log_access
from kam.core.comments import Comment
from kam.core.documents import erase_documents
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


@verb("accounts.report_contact", _("Access report"))
def report_contact(contact: Contact, *, actor: Any, reason: str = "") -> PersonReport:
    """Everything stored about a person, for that person to read; the log says who had it made.

    Regulation (EU) 2016/679, article 15.
    """
    log_access(AccessLog.Kind.CONFIDENTIAL, actor, about=f"accounts.contact {contact.pk}")
    return person_report(contact, actor)


@verb("accounts.erase_contact", _("Erase personal data"))
def erase_contact(contact: Contact, *, actor: Any, reason: str = "") -> Contact:
    """Put a pseudonym in the place of a person, in the row, in what was written, in the history and so in the search.

    Files and comments on the contact are erased; in activities, promises, comments, documents and work the full name, the
    e-mail address and the numbers are replaced. A last name that stands alone stays: it may be another person's. E-mails
    and attachments of activities stay as business letters (article 17(3)(b)). Who did it and why stays as well.

    Regulation (EU) 2016/679, article 17. Raises Denied without a reason, and when it was done already.
    """
    if not reason.strip():
        raise Denied("reason_needed", _("Say why: the request and its date."), field="reason", status=400)
    if contact.erased_at is not None:
        raise Denied("erased", _("This person was erased already."))
    word = f"#{contact.pk}"
    erase_documents(contact, actor=actor, word=word)
    _empty_comments(contact)
    _replace_names(surely_names(contact), word)
    pseudonym = {**PERSONAL, "last_name": word}
    for name, value in pseudonym.items():
        setattr(contact, name, value)
    contact.erased_at, contact.is_active = clock.now(), False
    contact.save()
    events = apps.get_model("accounts", "ContactEvent")
    with pgtrigger.ignore("accounts.ContactEvent:append_only"):
        events.objects.filter(pgh_obj_id=contact.pk).update(**pseudonym)
    return contact


def _empty_comments(contact: Contact) -> None:
    """What was said on the contact, now and before."""
    said = {"content_type": ContentType.objects.get_for_model(Contact), "object_id": contact.pk}
    Comment._base_manager.filter(**said).update(text="", deleted_at=clock.now())
    with pgtrigger.ignore("core.CommentEvent:append_only"):
        apps.get_model("core", "CommentEvent").objects.filter(**said).update(text="")


def _replace_names(pattern: str, word: str) -> None:
    """Put the pseudonym where a text surely names the person, in the rows and in their history."""
    for model, names in NAMED_IN if pattern else ():
        values: dict[str, Any] = {}
        for name in names:
            replaced = Func(F(name), Value(pattern), Value(word), Value("gi"), function="regexp_replace")
            length = model._meta.get_field(name).max_length
            values[name] = Left(replaced, length) if length else replaced
        naming(model._base_manager.all(), names, pattern).update(**values)
        events = model.pgh_event_model
        with pgtrigger.ignore(f"{events._meta.label}:append_only"):
            naming(events.objects.all(), names, pattern).update(**values)
