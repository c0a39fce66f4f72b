"""What time brings to the register of documents: ends that come near, answers that did not come, a list every month (domain 12.2)."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Assignment, Customer, Plant, Role
from catalog.actions.document_work import ask_to_remind
from catalog.models import CustomerItem, DocumentEntry, DocumentMonth, EntryStatus, Product
from catalog.models.document_subjects import document_subjects
from catalog.reports.documents import compliance
from kam.core import clock
from kam.core.about import fetch_records
from kam.core.documents import Document
from kam.core.notifications import Notification, Way, define_notification, notify

#: Days before the end on which people are told.
STEPS = (7, 30, 60)
EXPIRES = define_notification("document_expires", _("A document is about to end"), way=Way.MAIL)
MONTHLY = define_notification("documents_due", _("The documents that are due this month"), way=Way.MAIL)


def warn_of_documents() -> int:
    """Tell the owner, the account manager and the area managers of every document that ends within 60, 30 and 7 days, once each."""
    today = clock.today()
    kinds = [subject.content_type.pk for subject in document_subjects().values()]
    rows = Document.objects.current().filter(
        content_type__in=kinds,
        valid_to__gte=today,
        valid_to__lte=today + timedelta(days=STEPS[-1]),
        private_to=[],
        obsolete_since=None,
    )
    near = {
        f"{one.pk}:{one.valid_to}:{_step(one, today)}": one for one in rows.select_related("type", "uploaded_by").order_by("pk")
    }
    told = set(Notification.objects.filter(kind=EXPIRES, occasion__in=near).values_list("occasion", flat=True))
    waiting = {occasion: one for occasion, one in near.items() if occasion not in told}
    documents = list(waiting.values())
    fetch_records(documents)
    people = _responsible(documents)
    count = 0
    for occasion, one in waiting.items():
        if one.record is not None:
            context = {"document": str(one), "days": _left(one, today)}
            count += bool(notify(EXPIRES, one.record, to=people[one.pk], occasion=occasion, context=context))
    return count


def _step(document: Document, today: date) -> int:
    """The step that the end of a document has come to."""
    return next(step for step in STEPS if _left(document, today) <= step)


def _left(document: Document, today: date) -> int:
    """How many days are left."""
    return (document.valid_to - today).days if document.valid_to else STEPS[-1]


def _responsible(documents: Iterable[Document]) -> dict[int, list[Any]]:
    """Of each document who is told of its end: its owner, else who attached it, and the managers of its customer and plants."""
    documents = list(documents)
    entries = DocumentEntry.objects.filter(document__in=documents, owner__isnull=False).select_related("owner")
    owners = {entry.document_id: entry.owner for entry in entries}
    places = {one.pk: _place(one.record) for one in documents}
    customers = {customer for customer, _plant in places.values() if customer is not None}
    groups = dict(Customer.objects.filter(pk__in=customers).values_list("pk", "group"))
    rows = Assignment.objects.on(clock.today()).filter(
        Q(customer__in=customers) | Q(group__in=[key for key in groups.values() if key]) | Q(plant__customer__in=customers)
    )
    leading: dict[tuple[str, int], Any] = {}
    serving: dict[int, list[tuple[int, Any]]] = defaultdict(list)
    for row in rows.select_related("user", "plant").order_by("pk"):
        if row.plant is not None:
            serving[row.plant.customer_id].append((row.plant_id, row.user))
        else:
            leading["customer" if row.customer_id else "group", row.customer_id or row.group_id] = row.user
    told: dict[int, list[Any]] = {}
    for one in documents:
        customer, plant = places[one.pk]
        found = [owners.get(one.pk) or one.uploaded_by]
        if customer is not None:
            found.append(leading.get(("customer", customer)) or leading.get(("group", groups.get(customer) or 0)))
            found += [user for served, user in serving[customer] if plant in (None, served)]
        told[one.pk] = [person for person in found if person is not None]
    return told


def _place(record: Any) -> tuple[int | None, int | None]:
    """The customer and the plant that a record belongs to."""
    if isinstance(record, Customer):
        return record.pk, None
    if isinstance(record, Plant):
        return record.customer_id, record.pk
    if record is None or isinstance(record, Product):
        return None, None
    plant = getattr(record, "plant", None)
    if isinstance(record, CustomerItem):
        return record.customer_id, record.plant_id
    return (plant.customer_id, plant.pk) if plant is not None else (None, None)


def ask_for_reminders() -> int:
    """Ask whoever requested a document to remind the customer where the day has passed; once a day that was set."""
    rows = DocumentEntry.objects.filter(document__isnull=True, due_on__lt=clock.today(), waived_at__isnull=True)
    late = list(rows.for_list().order_by("pk"))
    for entry in late:
        with transaction.atomic():
            ask_to_remind(entry)
    return len(late)


def keep_month() -> DocumentMonth | None:
    """Keep how the register stands this month, once, and give the sales manager the list of what is due."""
    month = clock.today().replace(day=1)
    if DocumentMonth.objects.filter(month=month).exists():
        return None
    entries = DocumentEntry.objects.all()
    figures = compliance(entries)
    counting = entries.counting()
    with transaction.atomic():
        kept, made = DocumentMonth.objects.get_or_create(
            month=month,
            defaults={
                "required": figures.required, "present": figures.present, "valid": figures.valid,
                "expiring": counting.in_status(EntryStatus.EXPIRING).count(),
                "expired": counting.in_status(EntryStatus.EXPIRED).count(),
            },
        )  # fmt: skip
        if made:
            context = {
                "missing": figures.required - figures.present, "expiring": kept.expiring, "expired": kept.expired,
                "required": figures.required,
            }  # fmt: skip
            notify(MONTHLY, kept, to=[f"role:{Role.SALES_MANAGER}"], occasion=month.isoformat(), context=context)
    return kept if made else None
