"""Price agreements as a sheet: a row a price or a step of a scale; the rows of one agreement become one draft."""

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from types import SimpleNamespace
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, CustomerGroup, Location, Plant
from catalog.excel.base import CatalogKind, by_code
from catalog.excel.commercial import CURRENCY, FIRST_DAY, PRICE_UNIT, with_price_unit
from catalog.models import Product, ProductFamily, Programme
from kam.core.excel import Column, SheetRow
from kam.core.import_kinds import Change, Plan
from kam.core.workflow import Denied
from orders.actions import create_agreement
from orders.actions.agreements import agreement_faults, draft_of, line_faults, same_agreement
from orders.models import AgreementLine, PriceAgreement
from orders.models.agreements import may_agree

#: What tells the agreements of a sheet apart, and what they say as a whole.
HOLDERS = ("group", "customer", "plant", "programme", "location")
KEY = ("reference", *HOLDERS, "currency", "first_day", "last_day")
TERMS = (
    "pricing_date", "payment_terms", "incoterms", "incoterms_place", "incoterms_version", "notice_days", "rebate", "tiers", "reopening",
    "notes",
)  # fmt: skip
PLAIN = (
    "product", "family", "discount", "scale", "price_unit", "decimals", "minimum_quantity", "committed_quantity", "unreduced",
    "tooling_cost", "tooling_quantity", "tooling_since",
)  # fmt: skip
QUANTITY: dict[str, Any] = {"minimum": Decimal("0.001"), "decimals": 3}


def _code(name: str) -> Any:
    return lambda row: getattr(getattr(row, name), "code", "")


class PriceAgreements(CatalogKind):
    """Drafts of price agreements; nobody's agreed price is changed by a sheet."""

    code, label, verb = "orders.price_agreements", _("Price agreements"), "orders.create_agreement"
    together = KEY
    model = PriceAgreement
    columns = (
        Column("reference", _("customer's reference"), max_length=60, help=_("tells agreements of the same days apart")),
        Column("group", _("group"), "reference", source=_code("group")),
        Column("customer", _("customer"), "reference", source=_code("customer")),
        Column("plant", _("plant"), "reference", source=_code("plant")),
        Column("programme", _("programme"), "reference", source=_code("programme"), help=_("of the customer of the row")),
        Column("location", _("selling location"), "reference", source=_code("location"), help=_("empty for all locations")),
        CURRENCY,
        FIRST_DAY,
        Column("last_day", _("valid until"), "date", help=_("empty while no end is known")),
        Column("pricing_date", _("pricing date"), "choice", values=PriceAgreement.PricingDate.choices),
        Column("payment_terms", _("payment terms"), max_length=4),
        Column("incoterms", _("Incoterms"), max_length=3),
        Column("incoterms_place", _("Incoterms place"), max_length=70),
        Column("incoterms_version", _("Incoterms version"), "choice", values=[("2010", "2010"), ("2020", "2020")]),
        Column("notice_days", _("notice period (calendar days)"), "integer", minimum=0, maximum=3660),
        Column("rebate", _("rebate"), "choice", values=PriceAgreement.Rebate.choices),
        Column("tiers", _("tiers of the rebate"), source=lambda row: tiers_written(row.tiers), help="250000 = 1.5; 500000 = 2.5"),
        Column("reopening", _("reopening clauses"), max_length=4000),
        Column("notes", _("notes"), max_length=4000),
        Column("product", _("product"), "reference", source=_code("product"), width=16),
        Column("family", _("family"), "reference", source=_code("family")),
        Column("quantity", _("step of the scale"), "decimal", help=_("a row a step; empty for one price"), **QUANTITY),
        Column("price", _("price"), "decimal", minimum=Decimal("0.00001"), decimals=5),
        PRICE_UNIT,
        Column("discount", _("discount on the list (%)"), "decimal", minimum=Decimal("0.01"), decimals=2),
        Column("scale", _("scale"), "choice", values=AgreementLine.Scale.choices),
        Column("decimals", _("decimals of the price"), "integer", minimum=0, maximum=5),
        Column("minimum_quantity", _("minimum order quantity"), "decimal", **QUANTITY),
        Column("committed_quantity", _("quantity committed"), "decimal", **QUANTITY),
        Column("reductions", _("long-term reductions"), source=lambda row: written(row.reductions), help="2027-01-01 = 3.00"),
        Column("unreduced", _("part that is not reduced"), "decimal", minimum=Decimal(0), decimals=5),
        Column("tooling_cost", _("tooling to be amortised"), "decimal", minimum=Decimal("0.01"), decimals=2),
        Column("tooling_quantity", _("over this quantity"), "decimal", **QUANTITY),
        Column("tooling_since", _("counted since"), "date"),
    )

    def __init__(self) -> None:
        self._asked: dict[tuple[Any, ...], bool] = {}

    def prepare(self, rows: list[SheetRow], *, actor: Any, sheet: str) -> Plan:
        """The agreements that are new; one that is there already as the sheet says it is passed over."""
        plan = Plan()
        with_price_unit(rows)
        for key, found in (
            ("group", CustomerGroup.objects.visible_to(actor)),
            ("customer", Customer.objects.visible_to(actor)),
            ("plant", Plant.objects.visible_to(actor)),
            ("location", Location.objects.visible_to(actor)),
            ("product", Product.objects.visible_to(actor)),
            ("family", ProductFamily.objects.visible_to(actor)),
        ):
            rows = self.resolve(rows, key, by_code(found, rows, key), plan, sheet)
        rows = self._with_programmes(rows, actor, plan, sheet)
        sets: dict[tuple[Any, ...], list[SheetRow]] = {}
        for row in rows:
            sets.setdefault(tuple(row.values.get(name) or None for name in KEY), []).append(row)
        known = self._known(actor, rows)
        for members in sets.values():
            self._prepare_set(members, known, actor, plan, sheet)
        return plan

    def _with_programmes(self, rows: list[SheetRow], actor: Any, plan: Plan, sheet: str) -> list[SheetRow]:
        """Each row with its programme: codes are unique within a customer."""
        found = Programme.objects.visible_to(actor).filter(code__in={row.values.get("programme") for row in rows} - {None, ""})
        known = {(one.customer_id, one.code): one for one in found}
        kept = []
        for row in rows:
            code = row.values.get("programme")
            customer = row.values.get("customer")
            row.values["programme"] = known.get((customer.pk if customer else 0, code)) if code else None
            if code and row.values["programme"] is None:
                plan.errors.append(self.error(sheet, row, "programme", _("a programme of this customer"), code))
            else:
                kept.append(row)
        return kept

    def _known(self, actor: Any, rows: list[SheetRow]) -> list[PriceAgreement]:
        """The agreements of the sheet's first days that this person may see."""
        days = {row.values["first_day"] for row in rows}
        found = PriceAgreement.objects.visible_to(actor).filter(period__startswith__in=days)
        return list(found.for_list().prefetch_related("lines__product", "lines__family").order_by("pk"))

    def _prepare_set(self, rows: list[SheetRow], known: list[PriceAgreement], actor: Any, plan: Plan, sheet: str) -> None:
        """One agreement from its rows; the terms are those of its first row."""
        head = rows[0].values
        values: dict[str, Any] = {name: head.get(name) for name in KEY if head.get(name) not in (None, "")}
        values |= {name: head[name] for name in TERMS if head.get(name) not in (None, "")}
        values["currency"] = str(values["currency"]).upper()
        if "tiers" in values:
            values["tiers"] = self._pairs(rows[0], "tiers", "250000 = 1.5; 500000 = 2.5", Decimal, plan, sheet)
        lines, places = self._lines(rows, plan, sheet)
        try:
            agreement, made = draft_of(lines=lines, **values)
        except Denied as denied:
            self.place([denied], rows[0], plan, sheet)
            return
        self.place(agreement_faults(agreement), rows[0], plan, sheet)
        for fault in line_faults(made):
            _lines, number, name = fault.field.split(".")
            column = {"steps": "quantity"}.get(name, name)
            self.place([Denied(fault.code, fault.message, field=column)], places[int(number)], plan, sheet)
        if not self._may(agreement, actor):
            plan.errors.append(self.error(sheet, rows[0], HOLDERS[1], _("an account that you lead, or a plant that you serve")))
        if any(same_agreement(one, agreement, made) for one in known):
            plan.unchanged += 1
        else:
            plan.create.append(Change(rows[0].number, f"{agreement.holder} {values['first_day']}", values | {"lines": lines}))

    def _may(self, agreement: PriceAgreement, actor: Any) -> bool:
        """Whether this person may draft for this account, asked once an account and location."""
        key = (agreement.group_id, agreement.customer_id, agreement.plant_id, agreement.location_id)
        if key not in self._asked:
            self._asked[key] = may_agree(agreement, actor, self.verb)
        return self._asked[key]

    def _lines(self, rows: list[SheetRow], plan: Plan, sheet: str) -> tuple[list[dict[str, Any]], list[SheetRow]]:
        """The lines of an agreement, rows of one product with steps together, and the first row of each."""
        lines: list[dict[str, Any]] = []
        places: list[SheetRow] = []
        by_subject: dict[tuple[Any, Any], dict[str, Any]] = {}
        for row in rows:
            values = row.values
            subject = (values.get("product"), values.get("family"))
            line = by_subject.get(subject) if values.get("quantity") is not None else None
            if line is None:
                line = {name: values[name] for name in PLAIN if values.get(name) not in (None, "")} | {"steps": []}
                line["reductions"] = self._pairs(row, "reductions", "2027-01-01 = 3", date.fromisoformat, plan, sheet)
                by_subject[subject] = line
                lines.append(line)
                places.append(row)
            if values.get("quantity") is None:
                line["price"] = values.get("price")
            elif values.get("price") is None:
                plan.errors.append(self.error(sheet, row, "price", _("the price of this step")))
            else:
                line["steps"].append((values["quantity"], values["price"]))
        return lines, places

    def _pairs(self, row: SheetRow, name: str, example: str, before: Any, plan: Plan, sheet: str) -> list[Any]:
        """Pairs that stand in one cell; what cannot be read is told with an example."""
        found = []
        for part in str(row.values.get(name) or "").split(";"):
            if not part.strip():
                continue
            one, _sign, other = part.partition("=")
            try:
                found.append((before(one.strip()), Decimal(other.strip().replace(",", "."))))
            except (ValueError, InvalidOperation):
                plan.errors.append(self.error(sheet, row, name, gettext("pairs as in %(example)s") % {"example": example}))
        return found

    def apply(self, plan: Plan, *, actor: Any, reason: str) -> None:
        """Draft the agreements."""
        for change in plan.create:
            create_agreement(PriceAgreement, actor=actor, reason=reason, **change.values)

    def export_rows(self, actor: Any) -> Iterable[Any]:
        """A row a price or step, of every agreement that this person sees."""
        rows = PriceAgreement.objects.visible_to(actor).for_list().prefetch_related("lines__product", "lines__family")
        return self._rows(rows.order_by("period", "pk"))

    @staticmethod
    def _rows(agreements: Iterable[PriceAgreement]) -> Iterator[Any]:
        for one in agreements:
            head = {name: getattr(one, name) for name in ("reference", *HOLDERS, "currency", "first_day", "last_day", *TERMS)}
            for line in one.lines.all():
                own = {name: getattr(line, name) for name in (*PLAIN, "reductions")}
                steps: list[tuple[Any, Any]] = [*line.steps] or [(None, line.price)]
                for quantity, price in steps:
                    yield SimpleNamespace(**head, **own, quantity=quantity, price=price)


def written(reductions: Iterable[tuple[date, Decimal]]) -> str:
    """Reductions as a cell holds them, the same in every language."""
    return "; ".join(f"{begins.isoformat()} = {rate}" for begins, rate in reductions)


def tiers_written(tiers: Iterable[tuple[Decimal, Decimal]]) -> str:
    """Tiers of a rebate as a cell holds them, the same in every language."""
    return "; ".join(f"{begins} = {rate}" for begins, rate in tiers)
