"""The price agreement as the customer reads and signs it: prices, scales, index clauses, rebate, tooling, terms; never cost or margin."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.countries import country_name
from accounts.documents import letterhead
from accounts.models import Customer, PaymentTerm, account_manager_of, leading_location
from catalog.models import CustomerItem, unit_words
from kam.core import clock
from kam.core.formats import day, number, percent
from kam.core.money import minor_unit
from kam.core.printing import Contents
from kam.core.workflow import Denied
from orders.documents.forms import AGREEMENT
from orders.documents.offer import second_signature
from orders.models import AgreementLine, PriceAgreement, PriceClause


def agreement_print(key: str, *, actor: Any) -> Contents:
    """An agreement, if its reader may see it, in the customer's language; one that is not agreed carries a watermark. Raises Denied."""
    rows = PriceAgreement.objects.visible_to(actor)
    agreement = rows.filter(pk=int(key)).for_list().first() if str(key).isdecimal() else None
    if agreement is None:
        raise Denied("not_found", _("There is no such record."), status=404)
    return agreement_contents(agreement, CustomerItem.objects.visible_to(actor))


def agreement_contents(
    agreement: PriceAgreement, items: QuerySet[CustomerItem], lines: Sequence[AgreementLine] | None = None
) -> Contents:
    """What the paper of an agreement says, whoever asked, with these lines, else its own; the customer's own numbers are among `items`."""
    company = agreement.company
    language = company.language if company else "en"
    ours = agreement.location or (leading_location(agreement.plant or company) if company else None)
    with translation.override(language):
        title = _("Price agreement")
        return Contents(
            template="agreement.typ",
            form=AGREEMENT,
            title=title,
            number=agreement.number,
            language=language,
            path=agreement.get_absolute_url(),
            letterhead=letterhead(ours, language),
            draft=agreement.status != PriceAgreement.Status.ACTIVE,
            data=_data(agreement, list(agreement.lines.for_list()) if lines is None else lines, company, ours, language, items),
            file_name=f"{title} {agreement.number or agreement.pk}.pdf".replace("/", "-"),
        )


def _data(
    agreement: PriceAgreement,
    lines: Sequence[AgreementLine],
    company: Customer | None,
    ours: Any,
    language: str,
    items: QuerySet[CustomerItem],
) -> dict[str, Any]:
    parts = _part_numbers(agreement, company, lines, items)
    partner = agreement.group.name if agreement.group else str(company.name if company else "")
    opening = _("From %(day)s these prices hold between us for the articles below, in %(currency)s, net, without VAT.")
    return {
        "addressee": _addressee(agreement, company),
        "reference": _reference(agreement, company),
        "opening": opening % {"day": day(agreement.first_day), "currency": agreement.currency},
        "columns": [
            _("Our article · your part number"),
            _("Quantity"),
            _("Price %(currency)s") % {"currency": agreement.currency},
            _("per"),
        ],
        "lines": [line_on_paper(line, agreement, parts) for line in lines],
        "clauses": [
            _("Indices and metal surcharges"),
            [_clause(clause, language) for clause in agreement.clauses.for_list()],
        ],
        "rebate": [
            _("Rebate"),
            agreement.get_rebate_display(),
            [
                [
                    _("above a turnover of %(amount)s")
                    % {"amount": f"{number(turnover, _decimals(agreement))} {agreement.currency}"},
                    percent(rate, 2),
                ]
                for turnover, rate in agreement.tiers
            ],
        ],
        "terms": [_("Terms"), _terms(agreement, language)],
        "reopening": [_("Reopening clauses"), agreement.reopening],
        "closing": [
            [_("For us, place and date"), ours.name_in(language) if ours else "KAM"],
            [_("Agreed, place and date"), _("%(customer)s, stamp and signature") % {"customer": partner}],
        ],
        "second": second_signature(ours, company),
    }


def _decimals(agreement: PriceAgreement) -> int:
    return -int(minor_unit(agreement.currency).as_tuple().exponent)


def _addressee(agreement: PriceAgreement, company: Customer | None) -> list[str]:
    if agreement.group is not None or company is None:
        return [str(agreement.holder)]
    at = agreement.plant or company
    names = dict.fromkeys([company.name, agreement.plant.name if agreement.plant else company.name])
    rows = [*names, at.address, f"{at.postal_code} {at.city}".strip(), str(country_name(at.country))]
    return [row for row in rows if row]


def _holds_for(agreement: PriceAgreement) -> str:
    """Where the prices hold, in words: a programme, a plant, all plants of a company, all companies of a group."""
    if agreement.programme:
        return _("Programme %(name)s") % {"name": agreement.programme.name}
    if agreement.plant:
        return _("Plant %(name)s") % {"name": agreement.plant.name}
    if agreement.customer:
        return _("All plants of %(name)s") % {"name": agreement.customer.name}
    return _("All companies of the group %(name)s") % {"name": agreement.group}


def _reference(agreement: PriceAgreement, company: Customer | None) -> list[list[str]]:
    leader = account_manager_of(company, clock.today()) if company else None
    leader = leader or agreement.submitted_by
    rows = [
        [_("Our reference"), agreement.number],
        [_("Date"), day(agreement.approved_at or clock.today())],
        [_("Holds for"), _holds_for(agreement)],
        [_("Valid from"), day(agreement.first_day)],
        [_("Valid until"), day(agreement.last_day) if agreement.last_day else _("until further notice")],
        [_("Your reference"), agreement.reference],
        [_("In place of"), agreement.replaces.number if agreement.replaces else ""],
        [_("Your contact"), str(leader or "")],
        [_("E-mail"), leader.email if leader else ""],
    ]
    return [row for row in rows if row[1]]


def _part_numbers(
    agreement: PriceAgreement, company: Customer | None, lines: Sequence[AgreementLine], items: QuerySet[CustomerItem]
) -> dict[int, list[str]]:
    """The customer's own numbers of the products: those of the plant before those of the company; of a group all that the reader sees."""
    items = items.filter(product__in=[line.product_id for line in lines if line.product_id])
    items = items.filter(customer__group=agreement.group_id) if agreement.group_id else items.filter(customer=company)
    found: dict[int, list[str]] = {}
    for item in items.order_by("part_number", "pk"):
        if agreement.plant_id and item.plant_id not in (None, agreement.plant_id):
            continue
        numbers = found.setdefault(item.product_id, [])
        if item.part_number not in numbers:
            numbers.insert(0 if item.plant_id else len(numbers), item.part_number)
    return found


def line_on_paper(line: AgreementLine, agreement: PriceAgreement, parts: dict[int, list[str]]) -> dict[str, Any]:
    """An agreed price as papers say it: article, notes, its steps or its one price, and for how many it is."""
    product = line.product
    unit = unit_words(product.base_unit) if product else ""
    price = _("List %(discount)s") % {"discount": percent(-line.discount, 2, signed=True)} if line.discount is not None else ""
    prices = [[f"{number(quantity, None)} {unit}".strip(), number(one, line.decimals, most=5)] for quantity, one in line.steps]
    return {
        "code": line.subject.code,
        "name": line.subject.name,
        "notes": _notes(line, agreement, parts),
        "prices": prices or [["", price or number(line.price, line.decimals, most=5)]],
        "per": _per(line, unit),
    }


def _per(line: AgreementLine, unit: str) -> str:
    """For how many the price is: 100 pieces, or the unit alone where it is one."""
    if line.discount is not None:
        return "–"
    if line.price_unit == 1 and line.product:
        return str(line.product.get_base_unit_display())
    return f"{number(line.price_unit)} {unit}".strip()


def _notes(line: AgreementLine, agreement: PriceAgreement, parts: dict[int, list[str]]) -> list[str]:
    """What else was agreed of an article, one thing a line."""
    notes = []
    if line.product_id in parts:
        notes.append(_("Your no. %(number)s") % {"number": ", ".join(parts[line.product_id])})
    if line.steps:
        notes.append(str(line.get_scale_display()))
    if line.last_day and line.last_day != agreement.last_day:
        notes.append(_("Valid until %(day)s") % {"day": day(line.last_day)})
    if line.minimum_quantity:
        notes.append(_("Minimum order quantity %(quantity)s") % {"quantity": number(line.minimum_quantity, None)})
    if line.committed_quantity:
        notes.append(_("Quantity committed %(quantity)s") % {"quantity": number(line.committed_quantity, None)})
    if line.reductions:
        steps = [
            _("from %(day)s %(rate)s") % {"day": day(begins), "rate": percent(-rate, 2, signed=True)}
            for begins, rate in line.reductions
        ]
        text = _("Long-term reduction: %(steps)s") % {"steps": " · ".join(steps)}
        part = number(line.unreduced, 2, most=5) if line.unreduced is not None else ""
        notes.append(f"{text} · {_('not on %(part)s') % {'part': part}}" if part else text)
    if line.tooling_per_unit is not None:
        decimals = _decimals(agreement)
        text = _("Tooling of %(cost)s over %(quantity)s: %(each)s more for each until then")
        cost, each = number(line.tooling_cost, decimals), number(line.tooling_per_unit, 2, most=5)
        notes.append(text % {"cost": cost, "quantity": number(line.tooling_quantity, None), "each": each})
    return notes


def _clause(clause: PriceClause, language: str) -> list[Any]:
    """How prices follow an index: its name, the formula with its figures, and what holds besides."""
    index = clause.index
    base = f"{number(clause.reference, None)} {index.currency}".strip()
    if clause.kind == PriceClause.Kind.SHARE:
        formula = f"P = P₀ · [(1 − w) + w · I ÷ I₀]     w = {percent(clause.share, 2)}     I₀ = {base}"
    else:
        rise = "(I − I₀)" if clause.symmetric else "max(0; I − I₀)"
        weight = f"{number(clause.weight, None)} kg" if clause.weight else _("gross weight")
        formula = f"S = m · {rise}     m = {weight}     I₀ = {base}"
    return [f"{index.code} · {index.name_in(language)}", str(clause.get_kind_display()), formula, _besides(clause)]


def _besides(clause: PriceClause) -> str:
    """Months, threshold, bounds and what stands in for a value that is missing."""
    # the same words as on the agreement's page
    months = ngettext("%(months)s month, %(lag)s before", "%(months)s months, %(lag)s before", clause.averaging)
    averaged = months % {"months": clause.averaging, "lag": clause.lag}
    if clause.closing_day:
        averaged += f" · {_('to day %(day)s') % {'day': clause.closing_day}}"
    missing = str(clause.get_missing_display())
    if clause.fallback:
        missing += f": {clause.fallback.code}"
        missing += f" + {percent(clause.fallback_addition, 2)}" if clause.fallback_addition else ""
    pairs = [
        (_("Source"), clause.index.source),
        (_("Only of product"), clause.product.code if clause.product else ""),
        (_("Averaged"), averaged),
        (_("Threshold"), percent(clause.threshold, 2) if clause.threshold else ""),
        (_("Change"), _("also downwards") if clause.symmetric else _("only upwards")),
        (_("Lowest value"), number(clause.floor, None) if clause.floor else ""),
        (_("Highest value"), number(clause.cap, None) if clause.cap else ""),
        (_("Without a value"), missing),
    ]
    return " · ".join(f"{label}: {value}" for label, value in pairs if value)


def _terms(agreement: PriceAgreement, language: str) -> list[list[str]]:
    term = PaymentTerm.objects.named(agreement.payment_terms)
    incoterms = " ".join(part for part in (agreement.incoterms, agreement.incoterms_place) if part)
    if incoterms and agreement.incoterms_version:
        incoterms += f", Incoterms® {agreement.incoterms_version}"
    pairs = [
        [_("Payment"), term.name_in(language) if term else agreement.payment_terms],
        [_("Incoterms"), incoterms],
        [_("Pricing date"), str(agreement.get_pricing_date_display())],
        [_("Notice period (calendar days)"), str(agreement.notice_days or "")],
    ]
    return [pair for pair in pairs if pair[1]]
