"""Writing dossiers of negotiations: opened, kept, round by round, every concession with its value and what it was given for (domain 10.3)."""

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
    row = NegotiationRound(dossier=one, number=one.rounds.count() + 1, held_on=held_on or clock.today())
    for name, value in values.items():
        if name not in ROUND:
            raise Denied("not_editable", _("This cannot be changed here."), field=name, status=400)
        setattr(row, name, value)
    wrong = faults(row, exclude=("dossier", "number")) + _above_zero(row, ("our_price", "their_price"))
    if row.held_on > clock.today():
        wrong.append(Denied("day_to_come", _("Choose a day up to today."), field="held_on", status=400))
    refuse(wrong)
    _above_limit(one, row.our_price, actor, "our_price")
    row.save(force_insert=True)
    _touch(one.negotiation)
    return row


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
        dossier=one, round=one.rounds.order_by("number").last(), side=side, what=what, kind=kind, figure=figure, years=years or 1,
        price_after=price_after, in_return_for=in_return_for, motivation=motivation.strip(),
    )  # fmt: skip
    wrong = faults(row, exclude=("dossier", "round", "annual_value")) + _above_zero(row, ("figure", "price_after"))
    if side == Concession.Side.GIVEN and in_return_for is None and not row.motivation:
        text = _("Every concession has something in return, or says why not.")
        wrong.append(Denied("counter_needed", text, field="in_return_for", status=400))
    if in_return_for is not None and (in_return_for.dossier_id != one.pk or in_return_for.side == side):
        text = _("Choose a concession of the other side in this negotiation.")
        wrong.append(Denied("not_the_other_side", text, field="in_return_for", status=400))
    if kind == Concession.Kind.PRICE and figure > 100:
        wrong.append(Denied("out_of_range", _("A share lies between 0 and 100 per cent."), field="figure", status=400))
    refuse(wrong)
    if side == Concession.Side.GIVEN:
        _above_limit(one, price_after, actor, "price_after")
    row.annual_value = value_a_year(kind, row.figure, row.years, one.negotiation.annual_value)
    row.save(force_insert=True)
    _touch(one.negotiation)
    return row


def _set(one: NegotiationDossier, values: dict[str, Any]) -> None:
    for name, value in values.items():
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
