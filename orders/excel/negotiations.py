"""Negotiations as a sheet: a row an article, the rows of one negotiation become one lead with its volumes and prices by year."""

from collections.abc import Iterable, Iterator
from decimal import Decimal, InvalidOperation
from types import SimpleNamespace
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, CustomerGroup, Location, Plant, User
from catalog.excel.base import CatalogKind, by_code
from catalog.excel.commercial import CURRENCY, PRICE_UNIT, with_price_unit
from catalog.models import Product, ProductFamily
from kam.core.excel import Column, SheetRow
from kam.core.import_kinds import Change, Plan
from kam.core.workflow import Denied
from orders.actions import create_negotiation
from orders.actions.negotiations import draft_of, negotiation_faults, value_negotiation, values_of
from orders.models import Negotiation
from orders.models.negotiations import may_negotiate

#: What tells the negotiations of a sheet apart, and what they say as a whole.
HOLDERS = ("group", "customer", "plant")
KEY = ("subject", *HOLDERS, "selling_location")
TERMS = (
    "producing_location", "currency", "start_of_production", "end_of_production", "decision_on", "decision_criteria", "competitors",
    "incumbent", "next_step", "next_step_on", "next_step_by", "owner", "notes",
)  # fmt: skip
PLAIN = ("product", "family", "description", "price", "price_unit", "target_price")
ABOUT = ("product", "family", "description")
YEARS = {"volumes": "2027 = 12000; 2028 = 15000", "later_prices": "2029 = 3.40"}
PRICE: dict[str, Any] = {"minimum": Decimal("0.00001"), "decimals": 5}


def _of(name: str, attribute: str = "code") -> Any:
    return lambda row: getattr(getattr(row, name), attribute, "")


class Negotiations(CatalogKind):
    """New negotiations, as leads; one that is there already is led on its page and not by a sheet."""

    code, label, verb = "orders.negotiations", _("Negotiations"), "orders.create_negotiation"
    together = KEY
    model = Negotiation
    columns = (
        Column("subject", _("subject"), required=True, max_length=160),
        Column("group", _("group"), "reference", source=_of("group")),
        Column("customer", _("customer"), "reference", source=_of("customer")),
        Column("plant", _("plant"), "reference", source=_of("plant"), help=_("one of group, customer and plant")),
        Column("selling_location", _("selling location"), "reference", source=_of("selling_location")),
        Column("producing_location", _("producing location"), "reference", source=_of("producing_location")),
        CURRENCY,
        Column("start_of_production", _("start of production"), "date"),
        Column("end_of_production", _("end of production"), "date"),
        Column("decision_on", _("decision of the customer"), "date"),
        Column("decision_criteria", _("decision criteria"), max_length=300),
        Column("competitors", _("competitors"), max_length=300),
        Column("incumbent", _("present supplier"), max_length=120),
        Column("next_step", _("next step"), max_length=200),
        Column("next_step_on", _("next step by"), "date"),
        Column("next_step_by", _("next step of"), "reference", source=_of("next_step_by", "email"), help=_("e-mail address")),
        Column("owner", _("owner"), "reference", source=_of("owner", "email"), help=_("e-mail address; empty for who imports")),
        Column("notes", _("notes"), max_length=4000),
        Column("product", _("product"), "reference", source=_of("product"), width=16),
        Column("family", _("family"), "reference", source=_of("family")),
        Column("description", _("description"), max_length=200, help=_("of what is no product yet")),
        Column("volumes", _("quantities by year"), source=lambda row: _written(row.volumes), help=YEARS["volumes"]),
        Column("price", _("price"), "decimal", **PRICE),
        PRICE_UNIT,
        Column(
            "later_prices", _("prices of later years"), source=lambda row: _written(row.later_prices), help=YEARS["later_prices"]
        ),
        Column("target_price", _("customer's target price"), "decimal", **PRICE),
    )

    def prepare(self, rows: list[SheetRow], *, actor: Any, sheet: str) -> Plan:
        """The negotiations that are new; one that is there as the sheet says it is passed over."""
        plan = Plan()
        with_price_unit(rows)
        places, people = Location.objects.visible_to(actor), User.objects.visible_to(actor).filter(is_active=True)
        for key, found, path in (
            ("group", CustomerGroup.objects.visible_to(actor), "code"),
            ("customer", Customer.objects.visible_to(actor), "code"),
            ("plant", Plant.objects.visible_to(actor), "code"),
            ("selling_location", places, "code"),
            ("producing_location", places, "code"),
            ("product", Product.objects.visible_to(actor), "code"),
            ("family", ProductFamily.objects.visible_to(actor), "code"),
            ("next_step_by", people, "email"),
            ("owner", people, "email"),
        ):
            rows = self.resolve(rows, key, by_code(found, rows, key, path), plan, sheet)
        sets: dict[tuple[Any, ...], list[SheetRow]] = {}
        for row in rows:
            sets.setdefault(tuple(row.values.get(name) or None for name in KEY), []).append(row)
        present = self._present(actor, rows)
        for told, members in sets.items():
            self._prepare_set(members, present.get(told), actor, plan, sheet)
        return plan

    def _present(self, actor: Any, rows: list[SheetRow]) -> dict[tuple[Any, ...], Negotiation]:
        """The negotiations of these subjects that this person may see, by what tells them apart."""
        found = Negotiation.objects.visible_to(actor).filter(subject__in={row.values["subject"] for row in rows})
        found = found.for_list().prefetch_related("lines__product", "lines__family").order_by("pk")
        return {tuple(getattr(one, name) or None for name in KEY): one for one in found}

    def _prepare_set(self, rows: list[SheetRow], present: Negotiation | None, actor: Any, plan: Plan, sheet: str) -> None:
        """One negotiation from its rows; what it says as a whole is that of its first row."""
        head: dict[str, Any] = {
            name: rows[0].values[name] for name in (*KEY, *TERMS) if rows[0].values.get(name) not in (None, "")
        }
        head["currency"] = str(head["currency"]).upper()
        owner = head.pop("owner", None) or actor
        about = [row for row in rows if any(row.values.get(name) for name in ABOUT)]
        lines = [self._line(row, plan, sheet) for row in about]
        one, made = draft_of(lines, owner=owner, **head)
        wrong = negotiation_faults(one, made) or _value_faults(one, made)
        for fault in wrong:
            place, _dot, name = fault.field.rpartition(".")
            row = about[int(place.removeprefix("lines."))] if place else rows[0]
            self.place([Denied(fault.code, fault.message, field=name)], row, plan, sheet)
        if not wrong and not may_negotiate(one, actor, self.verb):
            expected = _("an account that you lead, or a plant that your location serves")
            plan.errors.append(self.error(sheet, rows[0], "customer", expected))
        if present is None:
            plan.create.append(Change(rows[0].number, f"{one.subject} · {one.holder}", head | {"owner": owner, "lines": lines}))
        elif _same(present, one, made):
            plan.unchanged += 1
        else:
            changed = gettext("a new negotiation; %(number)s is changed on its page") % {"number": present.number}
            plan.errors.append(self.error(sheet, rows[0], "subject", changed))

    def _line(self, row: SheetRow, plan: Plan, sheet: str) -> dict[str, Any]:
        """What a row says of its article."""
        line = {name: row.values[name] for name in PLAIN if row.values.get(name) not in (None, "")}
        return line | {name: self._pairs(row, name, plan, sheet) for name in YEARS}

    def _pairs(self, row: SheetRow, name: str, plan: Plan, sheet: str) -> list[tuple[int, Decimal]]:
        """Years and figures that stand in one cell; what cannot be read is told with an example."""
        found = []
        for part in str(row.values.get(name) or "").split(";"):
            if not part.strip():
                continue
            year, _sign, figure = part.partition("=")
            try:
                found.append((int(year.strip()), Decimal(figure.strip().replace(",", "."))))
            except (ValueError, InvalidOperation):
                plan.errors.append(self.error(sheet, row, name, gettext("pairs as in %(example)s") % {"example": YEARS[name]}))
        return found

    def apply(self, plan: Plan, *, actor: Any, reason: str) -> None:
        """Begin the negotiations."""
        for change in plan.create:
            create_negotiation(Negotiation, actor=actor, reason=reason, **change.values)

    def export_rows(self, actor: Any) -> Iterable[Any]:
        """A row an article, of every negotiation that this person sees."""
        rows = Negotiation.objects.visible_to(actor).for_list().prefetch_related("lines__product", "lines__family")
        return self._rows(rows.order_by("pk"))

    @staticmethod
    def _rows(negotiations: Iterable[Negotiation]) -> Iterator[Any]:
        for one in negotiations:
            head = {name: getattr(one, name) for name in (*KEY, *TERMS)}
            nothing = dict.fromkeys(PLAIN) | {"volumes": (), "later_prices": ()}
            for line in [values_of(line) for line in one.lines.all()] or [nothing]:
                yield SimpleNamespace(**head, **line)


def _value_faults(one: Negotiation, made: list[Any]) -> list[Denied]:
    """Why it has no value: too large, or in a currency without a rate."""
    try:
        value_negotiation(one, made)
    except Denied as denied:
        return [denied]
    return []


def _same(present: Negotiation, one: Negotiation, made: list[Any]) -> bool:
    """Whether a negotiation that is there says what a sheet says."""
    heads = all(getattr(present, name) == getattr(one, name) for name in TERMS)
    return heads and [values_of(line) for line in present.lines.all()] == [values_of(line) for line in made]


def _written(pairs: Iterable[tuple[int, Decimal]]) -> str:
    """Years and figures as a cell holds them, the same in every language."""
    return "; ".join(f"{year} = {figure}" for year, figure in pairs)
