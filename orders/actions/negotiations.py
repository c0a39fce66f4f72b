"""Writing negotiations: begun, changed, their next step taken, moved from stage to stage with what shows it (domain 10.1)."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from catalog.actions.rows import faults, refuse
from kam.core import clock
from kam.core.documents import Document, attach_document, standard_type
from kam.core.money import base_currency, convert, round_money
from kam.core.notifications import define_notification, notify
from kam.core.numbering import next_number
from kam.core.verbs import verb
from kam.core.work import assign_work, close_work, define_work, withdraw_work
from kam.core.workflow import Denied
from orders.models import Negotiation, NegotiationLine, Stage
from orders.models.agreement_lines import rising
from orders.models.negotiations import EVIDENCE, OPEN, evidence_for, probability_at

STEP = define_work("negotiation_step", _("%(step)s: %(record)s"), on_record=True)
CONCLUDE = define_work("conclude_negotiation", _("An offer was accepted: say whether %(record)s is won"), on_record=True)
NAMED = define_notification("negotiation_team", _("You are named in the team of a negotiation"))

#: What is told of the head.
HEAD = (
    "subject", "group", "customer", "plant", "selling_location", "producing_location", "probability", "probability_reason",
    "currency", "start_of_production", "end_of_production", "decision_on", "decision_criteria", "competitors", "incumbent",
    "next_step", "next_step_on", "next_step_by", "owner", "notes",
)  # fmt: skip
#: What a line is told; `volumes` are pairs of year and quantity, `later_prices` of a year and the price from it on.
PLAIN = ("product", "family", "description", "price", "price_unit", "target_price")
Lines = Sequence[dict[str, Any]]
#: Set by the actions themselves.
OURS = (
    "number", "stage", "stage_since", "evidence", "years", "year_values", "annual_value", "lifetime_value", "rate", "rate_on",
    "base_annual_value", "decided_on", "loss_reason", "lost_to", "lost_price", "outcome", "touched_at",
)  # fmt: skip
#: The number of a negotiation for which no location is known yet.
NOWHERE = "ALL"
MOST_YEARS = 25


@verb("orders.create_negotiation", _("New negotiation"))
def create_negotiation(
    model: type[Negotiation],
    *,
    actor: Any,
    reason: str = "",
    lines: Lines = (),
    team: Iterable[User] = (),
    owner: User | None = None,
    **head: Any,
) -> Negotiation:
    """Begin a negotiation with a group, a company or a plant, prospects included, as a lead. Raises Denied."""
    one, made = draft_of(lines, owner=owner or actor, **head)
    refuse(negotiation_faults(one, made))
    value_negotiation(one, made)
    where = one.selling_location.code if one.selling_location else NOWHERE
    one.number = next_number("NG", location=where, year=clock.today().year)
    one.save(force_insert=True)
    _write(made, one)
    _name(one, list(team), actor)
    _ask(one, actor)
    return one


def draft_of(lines: Lines, *, owner: Any, **head: Any) -> tuple[Negotiation, list[NegotiationLine]]:
    """A lead and its lines as rows that are not written yet. Raises Denied for what is not told here."""
    now = clock.now()
    one = Negotiation(stage=Stage.LEAD, stage_since=now, touched_at=now, rate_on=clock.today(), owner=owner)
    _set(one, {"probability": None} | head)
    return one, _made(one, lines)


@verb("orders.edit_negotiation", _("Edit negotiation"))
def edit_negotiation(
    one: Negotiation,
    *,
    actor: Any,
    reason: str = "",
    lines: Lines | None = None,
    team: Iterable[User] | None = None,
    **head: Any,
) -> Negotiation:
    """Change what is not decided yet; what is not given stays, lines and team are given as a whole. Raises Denied."""
    _still_open(one)
    present = list(one.lines.all())
    before = _content(one, present)
    _set(one, head)
    made = _made(one, [values_of(line) for line in present] if lines is None else lines)
    refuse(negotiation_faults(one, made))
    changed = before != _content(one, made)
    if changed:
        value_negotiation(one, made, anew=one.currency != before[0]["currency"] or lines is not None)
        one.touched_at = clock.now()
        one.save()
        if lines is not None:
            one.lines.all().delete()
            _write(made, one)
    if team is not None:
        _name(one, list(team), actor)
    if changed and any(before[0][name] != getattr(one, name) for name in ("next_step", "next_step_on", "next_step_by")):
        withdraw_work(one, actor=actor, kind=STEP, reason=reason)
        _ask(one, actor)
    return one


@verb("orders.take_step", _("Step done"))
def take_step(
    one: Negotiation,
    *,
    actor: Any,
    reason: str = "",
    result: str,
    next_step: str = "",
    next_step_on: date | None = None,
    next_step_by: User | None = None,
) -> Negotiation:
    """Say what came of the next step, and what the one after it is. Raises Denied where there was none."""
    _still_open(one)
    if not one.next_step:
        raise Denied("no_step", _("No next step is planned. Give one by editing the negotiation."))
    if not result.strip():
        raise Denied("result_needed", _("Say what came of it."), field="result", status=400)
    close_work(one, STEP, actor=actor, comment=result)
    one.next_step, one.next_step_on = next_step.strip(), next_step_on
    one.next_step_by = next_step_by or (one.owner if one.next_step else None)
    refuse(faults(one, exclude=OURS) + _step_faults(one))
    one.touched_at = clock.now()
    one.save()
    _ask(one, actor)
    return one


@verb("orders.move_negotiation", _("Move to another stage"))
def move_negotiation(
    one: Negotiation, *, actor: Any, reason: str = "", stage: str, evidence: str = "", file: Any = None
) -> Negotiation:
    """Move an open negotiation to another open stage, with what shows it; a stage further back needs a reason.

    A file becomes a document of the negotiation. The stage's probability takes the place of one's own. Raises Denied and
    names what is missing for every stage on the way.
    """
    _still_open(one)
    if stage not in OPEN:
        raise Denied(
            "not_a_stage", _("Choose one of the open stages; what is decided has a step of its own."), field="stage", status=400
        )
    if stage == one.stage:
        return one
    here, there = OPEN.index(Stage(one.stage)), OPEN.index(Stage(stage))
    if there < here and not (reason or evidence).strip():
        raise Denied("reason_needed", _("Say why it goes back."), field="evidence", status=400)
    if file is not None:
        attach_document(Document, actor=actor, record=one, type=standard_type(), file=file)
    passed = OPEN[here + 1 : there + 1]
    refuse_without_evidence(one, passed, evidence)
    enter(one, stage, evidence or reason)
    one.save()
    return one


def refuse_without_evidence(one: Negotiation, stages: Iterable[str], said: str) -> None:
    """Raises Denied with everything that these stages ask for and that is not there (domain 10.1)."""
    wanted = dict.fromkeys(need for stage in stages for need in evidence_for(stage, one.selling_location))
    missing = [need for need in wanted if not _shown(one, need, said)]
    if missing:
        text = _("For this stage is missing: %(evidence)s.") % {"evidence": ", ".join(str(EVIDENCE[need]) for need in missing)}
        raise Denied("evidence_missing", text, field="evidence")


def _shown(one: Negotiation, need: str, said: str) -> bool:
    match need:
        case "value":
            return one.annual_value > 0
        case "products":
            return one.lines.exclude(product=None, family=None).exists()
        case "decision_date":
            return one.decision_on is not None
        case "competitors":
            return bool(one.competitors)
        case "document":
            kind = ContentType.objects.get_for_model(one)
            return Document.objects.filter(content_type=kind, object_id=one.pk, retired_at=None).exists()
    return bool(said.strip())


def enter(one: Negotiation, stage: str, evidence: str) -> None:
    """Set a stage with what follows from it: since when, how likely, what showed it."""
    now = clock.now()
    one.stage, one.stage_since, one.touched_at = stage, now, now
    one.evidence = " ".join(evidence.split())[:400]
    one.probability, one.probability_reason = probability_at(stage, one.selling_location), ""


def _still_open(one: Negotiation) -> None:
    if not one.is_open:
        text = _("This negotiation is decided and stays as it is. Reopen it to work on it.")
        raise Denied("negotiation_decided", text)


def _set(one: Negotiation, head: dict[str, Any]) -> None:
    for name, value in head.items():
        if name not in HEAD:
            raise Denied("not_editable", _("This cannot be changed here."), field=name, status=400)
        setattr(one, name, value.upper() if name == "currency" and isinstance(value, str) else value)
    if one.probability is None:
        one.probability, one.probability_reason = probability_at(one.stage, one.selling_location), ""
    if one.next_step and one.next_step_by_id is None:
        one.next_step_by = one.owner


def negotiation_faults(one: Negotiation, lines: Sequence[NegotiationLine]) -> list[Denied]:
    """Everything that is wrong with head and lines, each at its place (`lines.0.volumes`)."""
    wrong = faults(one, exclude=OURS) + _step_faults(one)
    holders = [name for name in ("group", "customer", "plant") if getattr(one, f"{name}_id") is not None]
    if len(holders) != 1:
        text = _("Say with whom: a group, a company or a plant; one of them.")
        wrong.append(Denied("one_holder", text, field=holders[1] if holders else "customer", status=400))
    own = probability_at(one.stage, one.selling_location)
    if one.probability != own and not one.probability_reason.strip():
        why = _("The stage says %(probability)d %%. Say why you think otherwise.") % {"probability": own}
        wrong.append(Denied("reason_needed", why, field="probability_reason", status=400))
    begins, ends = one.start_of_production, one.end_of_production
    if begins is not None and ends is not None and ends < begins:
        wrong.append(Denied("period_in_order", _("It ends before it begins."), field="end_of_production", status=400))
    if one.owner_id is not None and not (one.owner.is_active and one.owner.may("orders.edit_negotiation")):
        text = _("Choose somebody who leads negotiations.")
        wrong.append(Denied("owner_cannot", text, field="owner", status=400))
    for number, line in enumerate(lines):
        wrong += _line_faults(line, f"lines.{number}.")
    return wrong


def _step_faults(one: Negotiation) -> list[Denied]:
    wrong = []
    if one.next_step and one.next_step_on is None:
        wrong.append(Denied("step_when", _("Say by when the next step is taken."), field="next_step_on", status=400))
    if not one.next_step and (one.next_step_on is not None or one.next_step_by_id is not None):
        wrong.append(Denied("step_missing", _("Say what the next step is."), field="next_step", status=400))
    if one.next_step and one.next_step_by is not None and not one.next_step_by.is_active:
        wrong.append(Denied("owner_gone", _("Choose somebody who works here."), field="next_step_by", status=400))
    return wrong


def _made(one: Negotiation, lines: Lines) -> list[NegotiationLine]:
    """The lines as rows, not yet written."""
    made = []
    for place, values in enumerate(lines, 1):
        plain = {name: value for name, value in values.items() if name in PLAIN and not (value is None and name == "price_unit")}
        volumes, later = values.get("volumes") or [], values.get("later_prices") or []
        made.append(
            NegotiationLine(
                negotiation=one,
                position=place * 10,
                years=[year for year, _quantity in volumes],
                quantities=[quantity for _year, quantity in volumes],
                price_years=[year for year, _price in later],
                prices=[price for _year, price in later],
                **plain,
            )
        )
    return made


def values_of(line: NegotiationLine) -> dict[str, Any]:
    """What a line says, as it is told to the actions."""
    return {name: getattr(line, name) for name in (*PLAIN, "volumes", "later_prices")}


def _line_faults(line: NegotiationLine, at: str) -> list[Denied]:
    ours = ("negotiation", "position", "years", "quantities", "price_years", "prices")
    wrong = [*faults(line, exclude=ours, prefix=at)]
    found: list[tuple[str, str, Any]] = []
    if line.product_id is not None and line.family_id is not None:
        found.append(("product_or_family", "family", _("Name a product or a family, one of them.")))
    if line.product_id is None and line.family_id is None and not line.description.strip():
        found.append(("about_nothing", "product", _("Name a product or a family, or say in words what it is about.")))
    for name, values in (("price", line.price), ("target_price", line.target_price)):
        if values is not None and values <= 0:
            found.append(("above_zero", name, _("A price lies above zero.")))
    for name, years, amounts, column in (
        ("volumes", line.years, line.quantities, "quantities"),
        ("later_prices", line.price_years, line.prices, "prices"),
    ):
        if not rising(years) or len(years) > MOST_YEARS:
            found.append(("years_in_order", name, _("Give each year once, the earliest first.")))
        elif any(not 2000 <= year <= 2199 for year in years):
            found.append(("out_of_range", name, _("A year lies between 2000 and 2199.")))
        elif any(amount <= 0 for amount in amounts):
            found.append(("above_zero", name, _("Quantities and prices lie above zero.")))
        elif not _fits(line, column, amounts):
            found.append(("invalid", name, _("A figure here has too many digits.")))
    return [*wrong, *(Denied(code, text, field=at + name, status=400) for code, name, text in found)]


def _fits(line: NegotiationLine, column: str, amounts: Iterable[Decimal]) -> bool:
    field: Any = NegotiationLine._meta.get_field(column)
    try:
        for amount in amounts:
            field.base_field.clean(amount, line)
    except ValidationError:
        return False
    return True


def value_negotiation(one: Negotiation, lines: Sequence[NegotiationLine], *, anew: bool = True) -> None:
    """The value by year, of the best year and of all years, and the first of them in the company's currency at today's rate."""
    if not anew:
        return
    total: dict[int, Decimal] = {}
    for line in lines:
        for year, quantity in line.volumes:
            total[year] = total.get(year, Decimal(0)) + line.value_in(year, quantity)
    one.years = sorted(total)
    one.year_values = [total[year] for year in one.years]
    one.annual_value, one.lifetime_value = max(one.year_values, default=Decimal(0)), sum(one.year_values, Decimal(0))
    if one.lifetime_value >= Decimal(10) ** 15:
        raise Denied(
            "out_of_range", _("The value is too large. Check quantities, prices and price unit."), field="lines", status=400
        )
    try:
        found = convert(Decimal(1), one.currency, base_currency(), on=clock.today(), rounded=False)
    except Denied as denied:
        raise Denied(denied.code, denied.message, field="currency") from denied
    one.rate, one.rate_on = found.factor.quantize(Decimal("0.00000001")), clock.today()
    one.base_annual_value = round_money(one.annual_value * one.rate, base_currency())


def _content(one: Negotiation, lines: Sequence[NegotiationLine]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What a negotiation says, to compare it before and after."""
    return {name: getattr(one, name) for name in HEAD}, [values_of(line) for line in lines]


def _write(lines: Sequence[NegotiationLine], one: Negotiation) -> None:
    for line in lines:
        line.negotiation = one
    NegotiationLine.objects.bulk_create(lines)


def _name(one: Negotiation, team: list[User], actor: Any) -> None:
    """Set who is named besides the owner; who is new is told."""
    gone = [person for person in team if not person.is_active]
    if gone:
        raise Denied("owner_gone", _("Choose somebody who works here."), field="team", status=400)
    before = set(one.team.values_list("pk", flat=True))
    if before == {person.pk for person in team}:
        return
    one.team.set(team)
    new = [person for person in team if person.pk not in before]
    notify(NAMED, one, to=new, actor=actor, occasion=clock.now().isoformat())


def _ask(one: Negotiation, actor: Any) -> None:
    """Whoever takes the next step has it to do until the evening of its day."""
    if not one.next_step or one.next_step_on is None or one.next_step_by is None:
        return
    due = datetime.combine(one.next_step_on, time(18), ZoneInfo(one.next_step_by.time_zone))
    occasion = f"{one.next_step_by.pk} {one.next_step_on} {one.version} {clock.now():%H%M%S%f}"
    assign_work(one, STEP, to=one.next_step_by, actor=actor, due=due, occasion=occasion, payload={"step": one.next_step})
