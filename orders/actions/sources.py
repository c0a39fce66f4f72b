"""Declaring where a location's invoices come from."""

from datetime import date
from functools import partial
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils.translation import gettext_lazy as _

from accounts.models import Location
from catalog.models.scopes import require_location
from kam.core.periods import save_apart
from kam.core.verbs import verb
from kam.core.workflow import Denied
from orders.models import InvoiceSource


@verb("orders.declare_invoice_source", _("Declare source of invoices"))
def declare_invoice_source(
    model: type[InvoiceSource], *, actor: Any, reason: str = "", location: Location, system: str, first_day: date | None = None
) -> InvoiceSource:
    """Say which system's invoices count for a location, from a day on (always, where none was declared before).

    The source before ends the day before. The same source again writes nothing. Raises Denied.
    """
    require_location(actor, "orders.declare_invoice_source", location)
    system = system.strip()
    if not system or len(system) > 40:
        raise Denied("system", _("Name the system, as in SAP-IT, in at most 40 characters."), field="system", status=400)
    Location.objects.filter(pk=location.pk).locked().get()
    rows = model.objects.filter(location=location)
    if not rows.exists():
        return model.objects.create(location=location, system=system, period=DateRange(first_day, None, "[)"))
    if first_day is None:
        raise Denied("first_day", _("Say from which day the new source counts."), field="first_day", status=400)
    before = rows.on(first_day).first()
    if before is not None and before.system == system:
        return before
    if rows.filter(period__startswith__gte=first_day).exists():
        raise Denied("later_source", _("From this day or later a source is declared already."), field="first_day")
    if before is not None:
        before.period = DateRange(before.period.lower, first_day, "[)")
        before.save(update_fields=["period"])
    row = model(location=location, system=system, period=DateRange(first_day, None, "[)"))
    save_apart(row, partial(Denied, "later_source", _("From this day or later a source is declared already."), field="first_day"))
    return row
