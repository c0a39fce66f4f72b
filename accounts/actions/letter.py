"""An e-mail that files itself: an activity with its sender, day, words and attachments, once per owner and Message-ID."""

from typing import Any

from django.core.files import File
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.actions.activity import create_activity
from accounts.letters import Letter, opened
from accounts.models import Activity, Contact, Customer, Plant
from kam.core import clock
from kam.core.documents import Document, attach_document, standard_type
from kam.core.verbs import verb
from kam.core.workflow import Denied


def file_letter(file: File, *, actor: Any, record: Any = None, private: bool = False) -> Activity:
    """File an e-mail as an activity of `actor`, on the customer, plant, contact or activity on which it was dropped.

    The same Message-ID of the same owner answers with the activity that it made before. Raises Denied for a file that
    is no readable e-mail; then nothing was written.
    """
    with opened(file) as letter:
        return keep_letter(Activity, actor=actor, letter=letter, file=file, record=record, private=private)


def takes_letter(file: File, *, actor: Any, record: Any, private: bool = False) -> Activity | None:
    """What the place for documents asks for an e-mail (port `file_takers`): the activity, or None where it stays a document."""
    if not isinstance(record, Customer | Plant | Contact | Activity) or not actor.may("accounts.keep_letter"):
        return None
    return file_letter(file, actor=actor, record=record, private=private)


@verb("accounts.keep_letter", _("File e-mail"))
def keep_letter(
    model: type[Activity], *, actor: Any, reason: str = "", letter: Letter, file: File, record: Any = None, private: bool = False
) -> Activity:
    """Make the activity of an e-mail with its attachments and the file itself as documents."""
    before = model.objects.filter(owner=actor, message_id=letter.message_id).first()
    if before is not None:
        return before
    customer, plant, contacts = _place(letter, record, actor)
    left_out: list[str] = []
    now = clock.now()
    activity = create_activity(
        model,
        actor=actor,
        kind=Activity.Kind.MAIL,
        subject=letter.subject or gettext("E-mail without a subject"),
        text=letter.text,
        customer=customer,
        plant=plant,
        contacts=contacts,
        starts_at=min(letter.sent_at or now, now),
        status=Activity.Status.DONE,
        private=private,
        message_id=letter.message_id,
    )
    if Document.objects.about(activity).exists():
        return activity
    attach_document(Document, actor=actor, record=activity, type=standard_type("mail"), file=file, title=letter.subject)
    for name, path in letter.attachments:
        with path.open("rb") as stream:
            try:
                attach_document(Document, actor=actor, record=activity, type=standard_type("other"), file=File(stream, name=name))
            except Denied as denied:
                left_out.append(f"{name[:80]}: {denied}")
    sender = f"{letter.sender_name} <{letter.sender}>".strip() if letter.sender else letter.sender_name
    lines = [gettext("From: %(sender)s") % {"sender": sender}] if sender and not contacts else []
    if left_out:
        lines += [gettext("Kept only inside the e-mail:"), *left_out]
    if lines:
        activity.text = "\n".join([*lines, "", activity.text]).strip()[:20000]
        activity.save()
    return activity


def _place(letter: Letter, record: Any, actor: Any) -> tuple[Customer | None, Plant | None, list[Contact]]:
    """Whose e-mail it is: by the record on which it was dropped, else by the one customer whose contact wrote or was written to."""
    customer = record if isinstance(record, Customer) else getattr(record, "customer", None)
    plant = record if isinstance(record, Plant) else getattr(record, "plant", None)
    people = Contact.objects.visible_to(actor).filter(is_active=True).order_by("pk")
    if customer is not None:
        people = people.filter(customer=customer)
    found: list[Contact] = [record] if isinstance(record, Contact) else []
    for address in [letter.sender] if letter.sender else []:
        found += people.filter(email__iexact=address)
    if not found:
        found += [one for address in letter.recipients if address for one in people.filter(email__iexact=address)]
    if customer is None and len({one.customer_id for one in found}) == 1:
        customer = found[0].customer
        plant = found[0].plant if found[0].plant is not None and found[0].plant.customer_id == customer.pk else None
    unique = {one.pk: one for one in found if customer is not None and one.customer_id == customer.pk}
    return customer, plant, list(unique.values())
