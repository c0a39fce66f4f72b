"""Writing dossiers of negotiations: opened, kept, round by round, every concession with its value and what for; corrected or struck (10.3)."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import access_of
from catalog.actions.rows import faults, refuse
from kam.core import clock
from kam.core.verbs import verb
from kam.core.workflow import Denied
from orders.actions.offered import return_outgrown
from orders.models import Concession, Negotiation, NegotiationDossier, NegotiationRound
from orders.models.dossiers import BELOW_LIMIT, reads_dossier, value_a_year

FIELDS = (
    "interests", "our_alternatives", "their_alternatives", "objective", "price_of", "opening_price", "opening_terms", "target_price",
    "target_terms", "walk_away_price", "walk_away_terms", "their_limit", "agreed_price", "outcome",
)  # fmt: skip
PRICES = ("opening_price", "target_price", "walk_away_price", "their_limit", "agreed_price")
ROUND = (
    "held_on", "channel", "participants", "our_price", "our_position", "their_price", "their_position", "minutes", "next_step",
)  # fmt: skip
CONCESSION = ("side", "what", "kind", "figure", "years", "price_after", "in_return_for", "motivation")


@verb("orders.open_dossier", _("Open dossier"))
def open_dossier(
    model: type[NegotiationDossier], *, actor: Any, reason: str = "", negotiation: Negotiation, **values: Any
) -> NegotiationDossier:
    """Open the dossier of a negotiation; each has one. Raises Denied for whoever would not read it."""
    if actor is not None and not reads_dossier(actor, negotiation):
        text = _("The dossier is for who leads the account and for the named team.")
        raise Denied("dossier_confidential", text, field="negotiation")
    one = model(negotiation=negotiation)
    _set(one, values)
    try:
        with transaction.atomic():
            one.save(force_insert=True)
    except IntegrityError as error:
        raise Denied("dossier_open", _("This negotiation has its dossier already."), field="negotiation") from error
    _touch(negotiation)
    return one


@verb("orders.edit_dossier", _("Edit dossier"))
def edit_dossier(one: NegotiationDossier, *, actor: Any, reason: str = "", **values: Any) -> NegotiationDossier:
    """Change what stands in a dossier; what is not given stays. A lower walk-away than before needs the sales manager."""
    before = {name: getattr(one, name) for name in FIELDS}
    _set(one, values)
    limit = before["walk_away_price"]
    if limit is not None and one.walk_away_price is not None and one.walk_away_price < limit:
        _need_sales_manager(actor, "walk_away_price")
    if before != {name: getattr(one, name) for name in FIELDS}:
        one.save()
        _touch(one.negotiation)
    return one


@verb("orders.add_round", _("Add round"))
def add_round(
    one: NegotiationDossier, *, actor: Any, reason: str = "", held_on: date | None = None, **values: Any
) -> NegotiationRound:
    """Report a round with both sides' positions. Raises Denied for one to come, and below the walk-away without the sales manager."""
    row = NegotiationRound(dossier=one, number=one.rounds.count() + 1)
    _set_round(row, {"held_on": held_on or clock.today()} | values)
    _above_limit(one, row.our_price, actor, "our_price")
    row.save(force_insert=True)
    _touch(one.negotiation)
    return row


@verb("orders.correct_round", _("Correct round"))
def correct_round(row: NegotiationRound, *, actor: Any, reason: str = "", **values: Any) -> NegotiationRound:
    """Put right what was reported wrong, with a reason; what stood there stays in the history. Raises Denied."""
    _say_why(row, reason)
    before = {name: getattr(row, name) for name in ROUND}
    _set_round(row, values)
    if row.our_price != before["our_price"]:
        _above_limit(row.dossier, row.our_price, actor, "our_price")
    if before != {name: getattr(row, name) for name in ROUND}:
        row.save()
        _touch(row.dossier.negotiation)
    return row


@verb("orders.strike_round", _("Strike round"))
def strike_round(row: NegotiationRound, *, actor: Any, reason: str = "") -> NegotiationRound:
    """Strike a round that was not held, with a reason; it keeps its number and stays readable, its concessions stay as they are."""
    return _strike(row, reason)


@verb("orders.add_concession", _("Add concession"))
def add_concession(
    one: NegotiationDossier,
    *,
    actor: Any,
    reason: str = "",
    side: str,
    what: str,
    kind: str,
    figure: Decimal,
    years: int | None = None,
    price_after: Decimal | None = None,
    in_return_for: Concession | None = None,
    motivation: str = "",
) -> Concession:
    """Record a concession given or got, converted to money a year, in the round held last.

    What we give has something in return or says why not; below the walk-away it needs the sales manager. Raises Denied.
    """
    row = Concession(
        dossier=one, round=one.rounds.standing().order_by("number").last(), side=side, what=what, kind=kind, figure=figure,
        years=years or 1, price_after=price_after, in_return_for=in_return_for, motivation=motivation.strip(),
    )  # fmt: skip
    refuse(_concession_faults(row))
    if side == Concession.Side.GIVEN:
        _above_limit(one, price_after, actor, "price_after")
    row.annual_value = value_a_year(kind, row.figure, row.years, one.negotiation.annual_value)
    row.save(force_insert=True)
    _touch(one.negotiation)
    return_outgrown(one.negotiation, actor=actor)
    return row


@verb("orders.correct_concession", _("Correct concession"))
def correct_concession(row: Concession, *, actor: Any, reason: str = "", **values: Any) -> Concession:
    """Put right a concession, with a reason; what it is worth a year follows where its figures change. Raises Denied."""
    _say_why(row, reason)
    before = {name: getattr(row, name) for name in CONCESSION}
    for name, value in values.items():
        if name not in CONCESSION:
            raise Denied("not_editable", _("This cannot be changed here."), field=name, status=400)
        setattr(row, name, value)
    row.years, row.motivation = row.years or 1, row.motivation.strip()
    wrong = _concession_faults(row)
    if row.side != before["side"] and _answered(row):
        wrong.append(_in_use("side"))
    refuse(wrong)
    if row.side == Concession.Side.GIVEN and (row.side, row.price_after) != (before["side"], before["price_after"]):
        _above_limit(row.dossier, row.price_after, actor, "price_after")
    changed = [name for name in CONCESSION if before[name] != getattr(row, name)]
    if {"kind", "figure", "years"} & {*changed}:
        row.annual_value = value_a_year(row.kind, row.figure, row.years, row.dossier.negotiation.annual_value)
    if changed:
        row.save()
        _touch(row.dossier.negotiation)
        return_outgrown(row.dossier.negotiation, actor=actor)
    return row


@verb("orders.strike_concession", _("Strike concession"))
def strike_concession(row: Concession, *, actor: Any, reason: str = "") -> Concession:
    """Strike a concession that was not made, with a reason; it counts no more. Raises Denied while another was made in return for it."""
    if not row.struck_because and _answered(row):
        raise _in_use("")
    return _strike(row, reason)


def _answered(row: Concession) -> bool:
    return bool(row.answers.standing().exists())


def _in_use(field: str) -> Denied:
    text = _("Something was given in return for this. Correct or strike that first.")
    return Denied("counter_in_use", text, field=field)


def _say_why(row: Any, reason: str) -> None:
    """A correction says why; what was struck is corrected no more."""
    if row.struck_because:
        raise Denied("struck", _("This was struck and stays as it is."))
    if not reason.strip():
        raise Denied("reason_needed", _("Say why."), field="reason", status=400)


def _strike(row: Any, reason: str) -> Any:
    _say_why(row, reason)
    row.struck_because = " ".join(reason.split())[:300]
    row.save(update_fields=["struck_because"])
    _touch(row.dossier.negotiation)
    return row


def _set_round(row: NegotiationRound, values: dict[str, Any]) -> None:
    for name, value in values.items():
        if name not in ROUND:
            raise Denied("not_editable", _("This cannot be changed here."), field=name, status=400)
        setattr(row, name, value)
    wrong = faults(row, exclude=("dossier", "number")) + _above_zero(row, ("our_price", "their_price"))
    if row.held_on is not None and row.held_on > clock.today():
        wrong.append(Denied("day_to_come", _("Choose a day up to today."), field="held_on", status=400))
    refuse(wrong)


def _concession_faults(row: Concession) -> list[Denied]:
    wrong = faults(row, exclude=("dossier", "round", "annual_value")) + _above_zero(row, ("figure", "price_after"))
    other = row.in_return_for
    if row.side == Concession.Side.GIVEN and other is None and not row.motivation:
        text = _("Every concession has something in return, or says why not.")
        wrong.append(Denied("counter_needed", text, field="in_return_for", status=400))
    if other is not None and (other.dossier_id != row.dossier_id or other.side == row.side or other.struck_because):
        text = _("Choose a concession of the other side in this negotiation.")
        wrong.append(Denied("not_the_other_side", text, field="in_return_for", status=400))
    if row.kind == Concession.Kind.PRICE and row.figure is not None and row.figure > 100:
        wrong.append(Denied("out_of_range", _("A share lies between 0 and 100 per cent."), field="figure", status=400))
    return wrong


def _set(one: NegotiationDossier, values: dict[str, Any]) -> None:
    for name, value in values.items():
        if name == "negotiation" and value == one.negotiation:
            continue
        if name not in FIELDS:
            raise Denied("not_editable", _("This cannot be changed here."), field=name, status=400)
        setattr(one, name, value)
    wrong = faults(one, exclude=("negotiation",)) + _above_zero(one, PRICES)
    for name, lower, text in (
        ("walk_away_price", "target_price", _("The walk-away cannot lie above the target.")),
        ("target_price", "opening_price", _("The target cannot lie above the opening.")),
        ("walk_away_price", "opening_price", _("The walk-away cannot lie above the opening.")),
    ):
        low, high = getattr(one, name), getattr(one, lower)
        if low is not None and high is not None and low > high:
            wrong.append(Denied("prices_in_order", text, field=name, status=400))
    refuse(wrong)


def _above_zero(row: Any, names: tuple[str, ...]) -> list[Denied]:
    text = _("A figure here lies above zero.")
    low = [name for name in names if getattr(row, name) is not None and getattr(row, name) <= 0]
    return [Denied("above_zero", text, field=name, status=400) for name in low]


def _above_limit(one: NegotiationDossier, price: Decimal | None, actor: Any, field: str) -> None:
    """Below the walk-away only the sales manager goes (domain 10.3)."""
    if price is not None and one.walk_away_price is not None and price < one.walk_away_price:
        _need_sales_manager(actor, field)


def _need_sales_manager(actor: Any, field: str) -> None:
    if actor is not None and not access_of(actor).roles & BELOW_LIMIT:
        text = _("This lies below the walk-away. The sales manager decides on it.")
        raise Denied("below_walk_away", text, field=field, status=403)


def _touch(one: Negotiation) -> None:
    """Somebody worked on the negotiation; its history says nothing of what stands in the dossier."""
    Negotiation.objects.filter(pk=one.pk).update(touched_at=clock.now())
