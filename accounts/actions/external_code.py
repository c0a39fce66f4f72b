"""Codes that other systems use for customers and plants: added, ended."""

from datetime import date
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.actions.dated import between
from accounts.models import Customer, Plant
from kam.core import clock
from kam.core.codes import ExternalCode
from kam.core.periods import period
from kam.core.shape import refuse_misshapen
from kam.core.verbs import verb
from kam.core.workflow import Denied

#: The system under which a merged record's own code goes on being found.
OWN = "KAM"


def codes_of(record: Customer | Plant) -> Any:
    """The codes of a record in other systems; whoever sees the record reads them."""
    return ExternalCode.objects.of(type(record)).filter(object_id=record.pk)


def write_code(record: Any, system: str, code: str, first: date | None = None) -> ExternalCode:
    """Write one code. Raises Denied when another record has it in that system at the time."""
    row = ExternalCode(
        content_type=ContentType.objects.get_for_model(record),
        object_id=record.pk,
        system=system,
        code=code,
        period=period(first),
    )
    refuse_misshapen(row, ["system", "code"])
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        raise Denied("code_taken", _("Another record has this code in that system."), field="code") from None
    return row


@verb("accounts.edit_external_code", _("Edit external codes"))
def add_external_code(
    record: Customer | Plant, *, actor: Any, reason: str = "", system: str, code: str, from_day: date | None = None
) -> ExternalCode:
    """Record what another system, such as a location's SAP, calls this customer or plant; imports and search find it by that."""
    if system.strip().upper() == OWN:
        raise Denied("own_system", _("Codes of KAM itself are kept by merging records."), field="system", status=400)
    known = codes_of(record).filter(system=system.strip(), code=code.strip(), period__contains=from_day or clock.today()).first()
    return known or write_code(record, system, code, from_day)


@verb("accounts.end_external_code", _("End external code"))
def end_external_code(record: Customer | Plant, *, actor: Any, reason: str = "", external_code: ExternalCode) -> ExternalCode:
    """Say that the other system no longer uses this code, from today."""
    row = codes_of(record).filter(pk=external_code.pk).first()
    if row is None or row.system == OWN:
        raise Denied("unknown_code", _("This code cannot be ended here."), field="external_code", status=400)
    today = clock.today()
    if row.period.lower is not None and row.period.lower >= today:
        row.delete()
    elif row.holds_on(today):
        row.period = between(row.period.lower, today)
        row.save(update_fields=["period"])
    return row
