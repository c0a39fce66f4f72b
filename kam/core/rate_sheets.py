"""Exchange rates as a sheet: new ones are recorded, those that differ are corrected."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kam.core.excel import Column, SheetRow
from kam.core.import_kinds import Change, ImportKind, Plan
from kam.core.money import ExchangeRate, correct_exchange_rate, currency_codes, record_exchange_rate

KEY = ("from_currency", "to_currency", "kind", "date")


class ExchangeRates(ImportKind):
    """What one unit of a currency was worth in another, by the two currencies, the kind and the day."""

    code, label, verb = "core.exchange_rates", _("Exchange rates"), "core.record_exchange_rate"
    columns = (
        Column("from_currency", pgettext_lazy("currency", "From"), required=True, max_length=3),
        Column("to_currency", pgettext_lazy("currency", "To"), required=True, max_length=3),
        Column("kind", _("kind"), "choice", required=True, values=ExchangeRate.Kind.choices),
        Column("date", _("date"), "date", required=True, help=_("of a month's average any day of the month")),
        Column("rate", _("rate"), "decimal", required=True, minimum=Decimal("0.00000001"), maximum=Decimal(10**9), decimals=8),
        Column("source", _("source"), required=True, max_length=80),
    )

    def prepare(self, rows: list[SheetRow], *, actor: Any, sheet: str) -> Plan:
        """Rates that are new, and those whose value or source differs."""
        plan = Plan()
        rows = [row for row in rows if self._sound(row, plan, sheet)]
        rows = self.once(rows, _key, plan, sheet, "date")
        asked = ExchangeRate.objects.filter(date__in={row.values["date"] for row in rows})
        existing = {tuple(getattr(rate, name) for name in KEY): rate for rate in asked}
        for row in rows:
            values, rate = row.values, existing.get(_key(row))
            label = f"{values['from_currency']}/{values['to_currency']} {values['date']}"
            if rate is None:
                plan.create.append(Change(row.number, label, {name: values[name] for name in (*KEY, "rate", "source")}))
            elif (rate.rate, rate.source) == (values["rate"], values["source"]):
                plan.unchanged += 1
            else:
                wanted = {"rate": values["rate"], "source": values["source"]}
                plan.update.append(Change(row.number, label, wanted, rate, {"rate": rate.rate, "source": rate.source}))
        return plan

    def _sound(self, row: SheetRow, plan: Plan, sheet: str) -> bool:
        """Whether both are currencies and not the same; a month's average stands on the first of its month."""
        values = row.values
        before = len(plan.errors)
        for name in ("from_currency", "to_currency"):
            values[name] = values[name].strip().upper()
            if values[name] not in currency_codes():
                plan.errors.append(self.error(sheet, row, name, _("a currency code, as in EUR")))
        if values["from_currency"] == values["to_currency"]:
            plan.errors.append(self.error(sheet, row, "to_currency", _("another currency than the first")))
        if values["kind"] == ExchangeRate.Kind.MONTH_AVERAGE:
            values["date"] = values["date"].replace(day=1)
        return len(plan.errors) == before

    def apply(self, plan: Plan, *, actor: Any, reason: str) -> None:
        """Record the new rates and correct the others."""
        for change in plan.create:
            record_exchange_rate(ExchangeRate, actor=actor, reason=reason, **change.values)
        for change in plan.update:
            correct_exchange_rate(change.record, actor=actor, reason=reason, **change.values)

    def export_rows(self, actor: Any) -> Iterable[Any]:
        """Every rate, the newest first."""
        return ExchangeRate.objects.visible_to(actor).order_by("-date", *KEY[:3])


def _key(row: SheetRow) -> tuple[Any, ...]:
    return tuple(row.values[name] for name in KEY)
