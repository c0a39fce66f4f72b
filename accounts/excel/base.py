"""What the sheets of accounts share: codes resolved, countries and locations checked, new rows parted from changed ones."""

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.utils.translation import gettext_lazy as _

from accounts.actions.placing import leading_as, serving_location
from accounts.countries import country_code
from accounts.models import Location, access_of
from kam.core.codes import ExternalCode
from kam.core.excel import Column, SheetRow
from kam.core.import_kinds import Change, ImportKind, Plan

LANGUAGES = [("it", "Italiano"), ("en", "English"), ("de", "Deutsch")]
ADDRESS = (
    Column("address", _("address"), max_length=200),
    Column("postal_code", _("postal code"), max_length=12),
    Column("city", _("city"), required=True, max_length=80),
    Column("region", _("province or state"), max_length=40),
)


def by(rows: Any, name: str) -> dict[str, Any]:
    return {getattr(row, name): row for row in rows}


def known_codes(model: Any, rows: list[SheetRow], key: str, seen: Any) -> dict[str, Any]:
    """The records behind the codes of a column: KAM's own code, else the code of any other system; only among `seen`."""
    codes = {row.values.get(key) for row in rows} - {None, ""}
    found = {}
    kind = ContentType.objects.get_for_model(model)
    aliases = dict(
        ExternalCode.objects.filter(content_type=kind, code__in=codes).order_by("-period").values_list("code", "object_id")
    )
    records = seen.in_bulk(list(aliases.values()))
    for code, number in aliases.items():
        if number in records:
            found[code] = records[number]
    return found | by(seen.filter(code__in=codes), "code")


class AccountsKind(ImportKind):
    """What the four kinds share: the sorting of rows into new and changed, within what the person may write."""

    model: Any = None
    edit_verb = ""
    fields: tuple[str, ...] = ()

    def sort_out(
        self,
        rows: list[SheetRow],
        existing: Mapping[int, Any],
        label: Callable[[SheetRow], str],
        plan: Plan,
        sheet: str,
        key: str,
        *,
        actor: Any,
    ) -> None:
        """Rows of `existing` (row number → record) change it, if this person may; the others create."""
        keys = {record.pk for record in existing.values()}
        allowed = (
            set(self.model.objects.permitted(actor, self.edit_verb).filter(pk__in=keys).values_list("pk", flat=True))
            if keys
            else set()
        )
        for row in rows:
            record = existing.get(row.number)
            values = {name: row.values[name] for name in self.fields if name in row.values}
            if record is None:
                plan.create.append(Change(row.number, label(row), values))
                continue
            if record.pk not in allowed:
                plan.errors.append(self.error(sheet, row, key, _("a record that you may change")))
                continue
            values = {name: value for name, value in values.items() if name not in ("code", "location", "plant_name")}
            before = {name: getattr(record, name) for name in values}
            if before == values:
                plan.unchanged += 1
            else:
                plan.update.append(Change(row.number, label(row), values, record, before))

    def check_countries(self, rows: list[SheetRow], plan: Plan, sheet: str) -> list[SheetRow]:
        """Countries as their codes; one that is neither a code nor a name is a fault."""
        kept = []
        for row in rows:
            code = country_code(row.values["country"])
            if code:
                row.values["country"] = code
                kept.append(row)
            else:
                plan.errors.append(self.error(sheet, row, "country", _("a country, by its code of two letters or its name")))
        return kept

    def resolve_location(self, rows: list[SheetRow], plan: Plan, sheet: str, *, actor: Any, verb: str) -> list[SheetRow]:
        """Our leading location of each row: the one named, if it is one of the person's, else their own."""
        scope, leads = access_of(actor).scope(verb), leading_as(actor, verb) is not None
        free = scope.everything or leads
        allowed = {row.code: row for row in Location.objects.filter(is_active=True) if free or row.pk in scope.location_ids}
        rows = self.resolve(rows, "location", allowed, plan, sheet, _("one of your locations"))
        default = serving_location(actor, verb, None)
        for row in rows:
            row.values["location"] = row.values["location"] or default
        return rows
