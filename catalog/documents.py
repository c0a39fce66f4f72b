"""The letter that asks a customer for documents: everything that was requested and is not there yet, in the customer's language."""

from typing import Any

from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.countries import country_name
from accounts.documents import letterhead
from accounts.models import Customer, Location, account_manager_of, leading_location
from catalog.models import DocumentEntry, EntryStatus
from kam.core import clock
from kam.core.formats import day
from kam.core.printing import Contents, PrintForm
from kam.core.workflow import Denied

FORM = "document_request"
FORMS = {
    FORM: {
        "name_en": "Request of documents", "name_it": "Richiesta documenti", "name_de": "Anforderung von Unterlagen",
        "procedure": "PQ 07-02", "form": "MOD 07-02-01", "revision": "0",
    },
}  # fmt: skip


def install_print_forms(**_of_migrate: Any) -> None:
    """Make the print form of the letter where it is missing; what was changed stays."""
    for code, values in FORMS.items():
        PrintForm.objects.get_or_create(code=code, defaults=values)


def requested_of(customer: Customer, reader: Any) -> QuerySet[DocumentEntry]:
    """What a customer was asked for and has not sent, as far as the reader sees it, the first due first."""
    rows = DocumentEntry.objects.visible_to(reader).filter(customer=customer).in_status(EntryStatus.REQUESTED)
    return rows.for_list().order_by("due_on", "type__code", "pk")


def document_request(key: str, *, actor: Any) -> Contents:
    """The letter to a customer. Raises Denied where it is not the reader's, or nothing is asked for."""
    customer = Customer.objects.detailed_to(actor).filter(pk=int(key)).first() if str(key).isdecimal() else None
    if customer is None:
        raise Denied("not_found", _("There is no such record."), status=404)
    entries = list(requested_of(customer, actor))
    location = leading_location(customer) or Location.objects.order_by("pk").first()
    if not entries or location is None:
        raise Denied("nothing_requested", _("Nothing is requested of this customer. Request the documents first."))
    with translation.override(customer.language):
        title = _("Request of documents")
        return Contents(
            template="document_request.typ",
            form=FORM,
            title=title,
            language=customer.language,
            path=customer.get_absolute_url(),
            letterhead=letterhead(location, customer.language),
            data=_data(customer, location, entries),
            file_name=f"{title} {customer.code}.pdf".replace("/", "-"),
        )


def _data(customer: Customer, location: Location, entries: list[DocumentEntry]) -> dict[str, Any]:
    leader = account_manager_of(customer, clock.today())
    place = f"{customer.postal_code} {customer.city}".strip()
    reminded = any(entry.reminders for entry in entries)
    asking = (
        _("We have not received these documents yet. Please send them to us by the day given:")
        if reminded
        else _("Please send us these documents by the day given:")
    )
    reference = [
        [_("Date"), day(clock.today())],
        [_("Your contact"), str(leader or "")],
        [_("E-mail"), leader.email if leader else ""],
    ]
    return {
        "addressee": [row for row in (customer.name, customer.address, place, str(country_name(customer.country))) if row],
        "reference": [pair for pair in reference if pair[1]],
        "opening": asking,
        "columns": [{"label": _("Document")}, {"label": _("Concerns")}, {"label": _("By"), "width": 24}],
        "rows": [[entry.type.name_in(customer.language), _concerns(entry), day(entry.due_on)] for entry in entries],
        "closing": _("If one of them has not changed since we last received it, a short confirmation is enough."),
        "signature": [_("Yours sincerely"), str(leader or location.name_in(customer.language))],
    }


def _concerns(entry: DocumentEntry) -> str:
    """What the document is about, as the customer knows it."""
    return "" if entry.record == entry.customer else str(entry.record)
