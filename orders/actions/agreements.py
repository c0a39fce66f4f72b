"""Writing price agreements while they are drafts: made, changed, taken back, and begun anew from what holds."""

from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from catalog.actions.rows import faults, refuse
from kam.core.formats import day, percent
from kam.core.periods import period
from kam.core.verbs import verb
from kam.core.workflow import Denied
from orders.actions.consenting import void_consent
from orders.models import AgreementLine, PriceAgreement, PriceClause
from orders.models.agreement_lines import HEAD, rising

TERMS = (
    "group", "customer", "plant", "programme", "location", "currency", "pricing_date", "payment_terms", "incoterms",
    "incoterms_place", "incoterms_version", "notice_days", "rebate", "rebate_from", "rebate_rates", "reference", "reopening",
    "notes",
)  # fmt: skip
#: What a line is told; `steps` are pairs of quantity and price, `reductions` of a day and per cent.
PLAIN = (
    "product", "family", "price", "discount", "scale", "price_unit", "decimals", "minimum_quantity", "committed_quantity",
    "unreduced", "tooling_cost", "tooling_quantity", "tooling_since",
)  # fmt: skip
LINE = (*PLAIN, "steps", "reductions")
CLAUSE = (
    "kind", "product", "index", "reference", "share", "threshold", "weight", "symmetric", "averaging", "lag", "closing_day", "floor",
    "cap", "missing", "fallback", "fallback_addition",
)  # fmt: skip
SET_BY_US = (
    "agreement",
    "position",
    "agreed",
    "key",
    "step_quantities",
    "step_prices",
    "reduction_days",
    "reduction_rates",
    *HEAD,
)
Lines = Sequence[dict[str, Any]]


@verb("orders.create_agreement", _("New price agreement"))
def create_agreement(
    model: type[PriceAgreement],
    *,
    actor: Any,
    reason: str = "",
    first_day: date,
    last_day: date | None = None,
    lines: Lines = (),
    clauses: Lines = (),
    **terms: Any,
) -> PriceAgreement:
    """Draft an agreement with a group, a company, a plant, or for a programme; its lines name what costs how much.

    A line takes product or family, price, discount or a scale with its `steps`, and what else is agreed on it. Raises Denied.
    """
    agreement, made = draft_of(first_day=first_day, last_day=last_day, lines=lines, **terms)
    following = clauses_of(agreement, clauses)
    refuse(agreement_faults(agreement) + line_faults(made) + clause_faults(following))
    agreement.save(force_insert=True)
    _write(agreement, made, following)
    return agreement


def draft_of(
    *, first_day: date, last_day: date | None = None, lines: Lines = (), **terms: Any
) -> tuple[PriceAgreement, list[AgreementLine]]:
    """An agreement with its lines, nothing of it written or looked at yet. Raises Denied for days the wrong way round."""
    agreement = PriceAgreement(**_terms(terms))
    _set_days(agreement, first_day, last_day)
    return agreement, _made(agreement, lines)


def same_agreement(known: PriceAgreement, trial: PriceAgreement, lines: Sequence[AgreementLine]) -> bool:
    """Whether an agreement says already what these rows say."""
    return _content(known, list(known.lines.all())) == _content(trial, lines)


@verb("orders.edit_agreement", _("Edit price agreement"))
def edit_agreement(
    agreement: PriceAgreement,
    *,
    actor: Any,
    reason: str = "",
    first_day: date | None = None,
    last_day: Any = ...,
    lines: Lines | None = None,
    clauses: Lines | None = None,
    **terms: Any,
) -> PriceAgreement:
    """Change a draft; what is not given stays, and lines and clauses are given all together. Raises Denied once it was handed in."""
    if agreement.status != PriceAgreement.Status.DRAFT:
        raise Denied("agreement_kept", _("This was handed in and stays as it is. Make a new agreement that takes its place."))
    present, followed = list(agreement.lines.all()), list(agreement.clauses.all())
    was = _content(agreement, present, followed)
    for name, value in _terms(terms, agreement).items():
        setattr(agreement, name, value)
    _set_days(agreement, first_day or agreement.first_day, agreement.last_day if last_day is ... else last_day)
    made = _made(agreement, [values_of(line) for line in present] if lines is None else lines)
    following = clauses_of(agreement, [_values(clause) for clause in followed] if clauses is None else clauses)
    refuse(agreement_faults(agreement) + line_faults(made) + clause_faults(following))
    if was == _content(agreement, made, following):
        return agreement
    agreement.lines.all().delete()
    agreement.clauses.all().delete()
    agreement.save()
    _write(agreement, made, following)
    void_consent(agreement)
    return agreement


@verb("orders.discard_agreement", _("Discard draft"), leaves=True)
def discard_agreement(agreement: PriceAgreement, *, actor: Any, reason: str = "") -> None:
    """Take away a draft that was never handed in."""
    if agreement.status != PriceAgreement.Status.DRAFT or agreement.number:
        raise Denied("agreement_kept", _("This was handed in and stays as it is. Make a new agreement that takes its place."))
    agreement.delete()


@verb("orders.revise_agreement", _("Change prices"))
def revise_agreement(
    agreement: PriceAgreement,
    *,
    actor: Any,
    reason: str = "",
    first_day: date,
    last_day: date | None = None,
    change: Decimal = Decimal(0),
    only: Collection[int] | None = None,
) -> PriceAgreement:
    """Draft the agreement that takes the place of this one from a day on, its prices `change` per cent higher; lines can be edited.

    With `only` it prices those lines anew (their keys); the others go on in the agreement before, and so does its rebate then.
    Nothing happens to what holds until the new one is approved. Raises Denied.
    """
    if agreement.status != PriceAgreement.Status.ACTIVE or agreement.called_off:
        raise Denied("not_agreed", _("Only what was agreed is changed by a new agreement. Edit the draft."))
    if agreement.first_day is None or first_day <= agreement.first_day:
        raise Denied(
            "before_its_beginning",
            _("This agreement begins on %(day)s. The new one must begin later.") % {"day": day(agreement.first_day)},
            field="first_day",
        )
    if not -100 < change <= 1000:
        raise Denied("out_of_range", _("Give a change between −100 and 1000 per cent."), field="change", status=400)
    draft = PriceAgreement(replaces=agreement, **{name: getattr(agreement, name) for name in TERMS})
    _set_days(draft, first_day, last_day)
    lines = agreement.lines.all()
    if only is not None:
        if lines.filter(agreed=True, period__contains=first_day).exclude(pk__in=only).exists():
            draft.rebate, draft.rebate_from, draft.rebate_rates = "", [], []
        lines = lines.filter(pk__in=only)
    made = _made(draft, [_raised(line, change) for line in lines])
    refuse(agreement_faults(draft) + line_faults(made))
    draft.save(force_insert=True)
    _write(draft, made, clauses_of(draft, [_values(clause) for clause in agreement.clauses.all()]))
    return draft


def draft_elsewhere(agreement: PriceAgreement, location: Any, first_day: date) -> PriceAgreement:
    """Draft the agreement that takes the place of this one at another of our locations, from a day on, its prices as they are."""
    draft = PriceAgreement(replaces=agreement, **{name: getattr(agreement, name) for name in TERMS} | {"location": location})
    _set_days(draft, first_day, agreement.last_day)
    holding = agreement.lines.filter(agreed=True, period__contains=first_day)
    made = _made(draft, [_counted_on(line) for line in holding])
    draft.save(force_insert=True)
    _write(draft, made, clauses_of(draft, [_values(clause) for clause in agreement.clauses.all()]))
    return draft


def _counted_on(line: AgreementLine) -> dict[str, Any]:
    """What a line says for one that follows it: deliveries since its own beginning still count for the tooling."""
    since = line.tooling_since or line.first_day
    return values_of(line) | ({"tooling_since": since} if line.tooling_cost is not None else {})


def _raised(line: AgreementLine, change: Decimal) -> dict[str, Any]:
    """What a line says for one that follows it at other prices; its tooling goes on being counted. Raises Denied for a discount used up."""
    price, steps = line.raised(change)
    discount = line.discounted(change)
    if discount is not None:
        refuse_used_up(line, discount)
    return _counted_on(line) | {"price": price, "steps": steps, "discount": discount}


def refuse_used_up(line: AgreementLine, discount: Decimal, field: str = "change") -> None:
    """Raises Denied where a change leaves nothing of a discount on the list, or makes it the whole price."""
    if not 0 < discount < 100:
        text = _(
            "%(agreement)s: of the discount on the list of %(before)s for %(subject)s this change makes %(after)s. Agree a price there."
        )
        names = {
            "agreement": line.agreement.number or line.agreement,
            "before": percent(line.discount, 2),
            "subject": line.subject,
            "after": percent(discount, 2),
        }
        raise Denied("discount_used_up", text % names, field=field)


def _terms(terms: dict[str, Any], agreement: PriceAgreement | None = None) -> dict[str, Any]:
    """The terms of the head, `tiers` of a rebate as pairs; a programme's company need not be named beside it."""
    if "tiers" in terms:
        tiers = terms.pop("tiers") or []
        terms |= {"rebate_from": [begins for begins, _rate in tiers], "rebate_rates": [rate for _begins, rate in tiers]}
    for name in terms:
        if name not in TERMS:
            raise Denied("not_editable", _("This cannot be changed here."), field=name, status=400)
    programme = terms.get("programme", agreement.programme if agreement else None)
    if programme is not None and terms.get("customer") is None and not terms.get("group") and not terms.get("plant"):
        terms = terms | {"customer": programme.customer}
    if isinstance(terms.get("currency"), str):
        terms = terms | {"currency": terms["currency"].upper()}
    return terms


def _set_days(agreement: PriceAgreement, first_day: date | None, last_day: date | None) -> None:
    """The period of an agreement. Raises Denied for one that ends before it begins."""
    if first_day is not None and last_day is not None and last_day < first_day:
        raise Denied("period_in_order", _("The last day cannot lie before the first."), field="last_day", status=400)
    agreement.period = period(first_day, last_day)


def agreement_faults(agreement: PriceAgreement) -> list[Denied]:
    """What is wrong with the head: its fields, and for whom it is."""
    wrong = faults(agreement, exclude=("period", "number", "status", "ending", "submitted_at", "approved_at"))
    holders = [name for name in ("group", "customer", "plant") if getattr(agreement, f"{name}_id") is not None]
    if len(holders) != 1:
        text = _("Say with whom it is agreed: a group, a company, a plant, or a programme; one of them.")
        wrong.append(Denied("one_holder", text, field=holders[1] if holders else "customer", status=400))
    wrong += _rebate_faults(agreement)
    programme = agreement.programme
    if programme is not None and programme.customer_id != agreement.customer_id:
        wrong.append(Denied("programme_of_another", _("Choose a programme of this company."), field="programme", status=400))
    return wrong


def _rebate_faults(agreement: PriceAgreement) -> list[Denied]:
    """What is wrong with the tiers of a rebate."""
    wrong = []
    if bool(agreement.rebate) != bool(agreement.rebate_from):
        text = _("A rebate has its tiers and says how their rates are taken.")
        wrong.append(Denied("rebate_tiers", text, field="tiers" if agreement.rebate else "rebate", status=400))
    if not rising(agreement.rebate_from) or not rising(agreement.rebate_rates):
        text = _("Each tier begins at a larger turnover and has a higher rate than the one before.")
        wrong.append(Denied("tiers_in_order", text, field="tiers", status=400))
    if any(begins < 0 for begins in agreement.rebate_from) or any(not 0 < rate < 100 for rate in agreement.rebate_rates):
        text = _("A turnover is not below zero, and a rate lies between 0 and 100 per cent.")
        wrong.append(Denied("out_of_range", text, field="tiers", status=400))
    return wrong


def _made(agreement: PriceAgreement, lines: Lines) -> list[AgreementLine]:
    """The lines as rows, not yet written; the head stands in each of them."""
    made = []
    for place, values in enumerate(lines, 1):
        if values.get("currency", agreement.currency) != agreement.currency:
            text = _("An agreement has one currency. Make a second one for prices in another.")
            raise Denied("mixed_currencies", text, field=f"lines.{place - 1}.currency", status=400)
        plain = {name: value for name, value in values.items() if name in PLAIN and (value is not None or name in NULLABLE)}
        steps, reductions = values.get("steps") or [], values.get("reductions") or []
        made.append(
            AgreementLine(
                agreement=agreement,
                position=place * 10,
                step_quantities=[quantity for quantity, _price in steps],
                step_prices=[price for _quantity, price in steps],
                reduction_days=[begins for begins, _rate in reductions],
                reduction_rates=[rate for _begins, rate in reductions],
                **plain,
                **{name: getattr(agreement, name) for name in HEAD},
            )
        )
    return made


NULLABLE = frozenset(name for name in PLAIN if name not in {"scale", "price_unit", "decimals"})


def values_of(line: AgreementLine) -> dict[str, Any]:
    """What a line says, as it is told to the actions."""
    return {name: getattr(line, name) for name in LINE}


def line_faults(lines: Sequence[AgreementLine]) -> list[Denied]:
    """Everything that is wrong with the lines, each at its place (`lines.3.price`)."""
    wrong: list[Denied] = []
    seen: set[tuple[Any, Any]] = set()
    for number, line in enumerate(lines):
        at = f"lines.{number}."
        wrong += faults(line, exclude=SET_BY_US, prefix=at)
        wrong += [Denied(one.code, one.message, field=at + one.field, status=400) for one in _contradictions(line)]
        subject = (line.product_id, line.family_id)
        if subject in seen:
            wrong.append(Denied("twice", _("This stands in the agreement twice."), field=f"{at}product", status=400))
        seen.add(subject)
    return wrong


def _contradictions(line: AgreementLine) -> list[Denied]:
    """What does not fit together within a line."""
    wrong = []
    if (line.product_id is None) == (line.family_id is None):
        wrong.append(Denied("product_or_family", _("Name a product or a family, one of them."), field="product"))
    if line.scale == AgreementLine.Scale.NONE:
        if line.step_quantities:
            wrong.append(Denied("scale_kind", _("Say how the scale is to be read."), field="scale"))
        elif (line.price is None) == (line.discount is None):
            wrong.append(Denied("one_price", _("Give a price, a discount or a scale, one of them."), field="price"))
    elif line.price is not None or line.discount is not None:
        wrong.append(Denied("one_price", _("Give a price, a discount or a scale, one of them."), field="price"))
    elif not line.step_quantities:
        wrong.append(Denied("no_steps", _("Give the steps of the scale."), field="steps"))
    wrong += _scale_faults(line)
    lowest = min([*line.step_prices, *([line.price] if line.price is not None else [])], default=None)
    if line.unreduced is not None and (lowest is None or line.unreduced > lowest):
        text = _("The part that is not reduced cannot be more than the price.")
        wrong.append(Denied("more_than_price", text, field="unreduced"))
    if line.tooling_since is not None and line.tooling_cost is None:
        wrong.append(Denied("tooling_pair", _("Only tooling is counted since a day."), field="tooling_since"))
    if (line.tooling_cost is None) != (line.tooling_quantity is None):
        text = _("Tooling has a cost and a quantity over which it is amortised.")
        wrong.append(Denied("tooling_pair", text, field="tooling_cost" if line.tooling_cost is None else "tooling_quantity"))
    return wrong


def _scale_faults(line: AgreementLine) -> list[Denied]:
    """Steps and reductions that are out of order, or figures that cannot be."""
    wrong = []
    if not rising(line.step_quantities):
        wrong.append(Denied("steps_in_order", _("Each step begins at a larger quantity than the one before."), field="steps"))
    if not rising(line.reduction_days):
        text = _("Each reduction begins on a later day than the one before.")
        wrong.append(Denied("reductions_in_order", text, field="reductions"))
    if any(not 0 < rate < 100 for rate in line.reduction_rates):
        wrong.append(Denied("out_of_range", _("A reduction lies between 0 and 100 per cent."), field="reductions"))
    if any(value <= 0 for value in (*line.step_quantities, *line.step_prices)):
        wrong.append(Denied("above_zero", _("Quantities and prices of a scale lie above zero."), field="steps"))
    for name, values, field in (
        ("step_quantities", line.step_quantities, "steps"),
        ("step_prices", line.step_prices, "steps"),
        ("reduction_rates", line.reduction_rates, "reductions"),
    ):
        column: Any = AgreementLine._meta.get_field(name)
        try:
            for value in values:
                column.base_field.clean(value, line)
        except ValidationError as error:
            wrong.append(Denied("invalid", " ".join(error.messages), field=field))
    return wrong


def clauses_of(agreement: PriceAgreement, clauses: Lines) -> list[PriceClause]:
    """The clauses as rows, not yet written."""
    made = []
    for place, values in enumerate(clauses, 1):
        known = {name: value for name, value in values.items() if name in CLAUSE and (value is not None or name in MAY_BE_EMPTY)}
        made.append(PriceClause(agreement=agreement, position=place * 10, **known))
    return made


MAY_BE_EMPTY = frozenset({"product", "share", "weight", "closing_day", "floor", "cap", "fallback"})


def _values(clause: PriceClause) -> dict[str, Any]:
    return {name: getattr(clause, name) for name in CLAUSE}


def clause_faults(clauses: Sequence[PriceClause]) -> list[Denied]:
    """Everything that is wrong with the clauses, each at its place (`clauses.0.share`)."""
    wrong: list[Denied] = []
    for number, clause in enumerate(clauses):
        at = f"clauses.{number}."
        wrong += faults(clause, exclude=("agreement", "position"), prefix=at)
        found: list[tuple[str, Any]] = []
        if (clause.kind == PriceClause.Kind.SHARE) == (clause.share is None):
            found.append(("share", _("A share of the price needs its per cent, and a surcharge has none.")))
        if clause.kind == PriceClause.Kind.SHARE and clause.weight is not None:
            found.append(("weight", _("Only a surcharge goes by weight.")))
        if (clause.missing == PriceClause.Missing.FALLBACK) == (clause.fallback_id is None):
            found.append(("fallback", _("Name the fallback index where it is to stand in, and only there.")))
        if clause.fallback_id is not None and clause.fallback_id == clause.index_id:
            found.append(("fallback", _("An index cannot stand in for itself.")))
        if clause.floor is not None and clause.cap is not None and clause.cap < clause.floor:
            found.append(("cap", _("The highest value cannot lie below the lowest.")))
        wrong += [Denied("clause", text, field=at + name, status=400) for name, text in found]
    return wrong


def _content(agreement: PriceAgreement, lines: Sequence[AgreementLine], clauses: Sequence[PriceClause] = ()) -> list[Any]:
    """What an agreement says, to compare two of them."""
    head = [agreement.period, [getattr(agreement, name) for name in TERMS]]
    return [*head, [values_of(line) for line in lines], [_values(clause) for clause in clauses]]


def _write(agreement: PriceAgreement, lines: Sequence[AgreementLine], clauses: Sequence[PriceClause]) -> None:
    rows: list[Any] = [*lines, *clauses]
    for row in rows:
        row.agreement = agreement
    AgreementLine.objects.bulk_create(lines, batch_size=1000)
    PriceClause.objects.bulk_create(clauses)
