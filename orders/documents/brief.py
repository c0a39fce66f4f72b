"""The negotiation brief: one or two pages for whoever goes to the meeting, confidential to those who read the dossier (domain 10.5)."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Q, Sum
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.documents import letterhead
from accounts.models import Customer, Plant, account_manager_of
from kam.core import clock, formats
from kam.core.access_log import AccessLog, log_access
from kam.core.formats import day, number
from kam.core.money import base_currency
from kam.core.printing import Contents
from kam.core.workflow import Denied
from orders.documents.forms import BRIEF
from orders.models import AgreementLine, Concession, Negotiation, NegotiationDossier, reads_ledger
from orders.reports.figures import Question, sales_by

#: So much is printed of each part, so that it stays two pages.
MOST_LINES, MOST_PRODUCTS, MOST_PRICES, MOST_ROUNDS, MOST_CONCESSIONS = 8, 6, 8, 6, 10
SHORT, LONG = 200, 500
Block = dict[str, Any]


def negotiation_brief(key: str, *, actor: Any) -> Contents:
    """The brief of a dossier, in the language of whoever takes it along; that it was printed is logged as a reading. Raises Denied."""
    found = NegotiationDossier.objects.visible_to(actor)
    found = found.filter(pk=int(key)) if str(key).isdecimal() and len(str(key)) < 19 else found.none()
    one = found.for_list().select_related("negotiation__selling_location").first()
    if one is None:
        raise Denied("not_found", _("There is no such record."), status=404)
    log_access(AccessLog.Kind.CONFIDENTIAL, actor, about=f"orders.negotiationdossier {one.pk}")
    with translation.override(actor.language):
        title = _("Negotiation brief")
        return Contents(
            template="sheet.typ",
            form=BRIEF,
            title=title,
            number=one.negotiation.number,
            language=actor.language,
            path=one.get_absolute_url(),
            letterhead=letterhead(one.negotiation.selling_location, actor.language),
            confidential=True,
            marked=True,
            data={
                "subtitle": one.negotiation.subject,
                "addressee": _addressee(one.negotiation),
                "reference": _reference(one.negotiation),
                "blocks": _blocks(one, actor),
            },
            file_name=f"{title} {one.negotiation.number}.pdf",
        )


def _addressee(one: Negotiation) -> list[str]:
    holder = one.holder
    company = one.company
    names = [company.name if company else "", holder.name if isinstance(holder, Plant) else "" if company else str(holder)]
    place = f"{holder.postal_code} {holder.city}".strip() if isinstance(holder, Plant | Customer) else ""
    return [text for text in (*dict.fromkeys(names), place) if text]


def _reference(one: Negotiation) -> list[list[str]]:
    leader = account_manager_of(one.company, clock.today()) if one.company else None
    pairs = [
        (_("Stage"), str(one.get_stage_display())),
        (_("Probability"), formats.percent(one.probability, 0) if one.is_open else ""),
        (_("Annual value"), formats.money(one.annual_value, one.currency, 0)),
        (_("Decision"), day(one.decision_on) if one.decision_on else ""),
        (_("Start of production"), day(one.start_of_production) if one.start_of_production else ""),
        (_("Account manager"), str(leader or "")),
        (_("Owner"), str(one.owner)),
        (_("Team"), ", ".join(str(person) for person in one.team.order_by("last_name", "first_name", "pk"))),
        (_("Competitors"), one.competitors),
        (_("Present supplier"), one.incumbent),
    ]
    return [[label, text] for label, text in pairs if text]


def _blocks(one: NegotiationDossier, actor: Any) -> list[Block]:
    sought = one.negotiation
    return [
        *_aims(one),
        *_texts(one),
        *_rounds(one),
        *_concessions(one),
        *_next(one),
        *_about(sought),
        *_sales(sought, actor),
        *_prices(sought, actor),
    ]


def _table(
    heading: str, columns: Sequence[tuple[str, int]], rows: list[list[str]], totals: Any = (), numbers: int = 0
) -> list[Block]:
    """A heading and a table; the last `numbers` columns hold figures. Nothing where there are no rows."""
    if not rows:
        return []
    named: list[dict[str, Any]] = [{"label": label} | ({"width": width} if width else {}) for label, width in columns]
    for column in named[len(named) - numbers :]:
        column["number"] = True
    return [
        {"kind": "heading", "text": heading},
        {"kind": "table", "columns": named, "rows": rows, "totals": list(totals), "compact": True},
    ]


def _price(value: Any, currency: str) -> str:
    return f"{number(value, 2, most=5)} {currency}" if value is not None else "–"


def _aims(one: NegotiationDossier) -> list[Block]:
    currency = one.negotiation.currency
    rows = [
        [label, _price(price, currency), terms]
        for label, price, terms in (
            (_("Opening"), one.opening_price, one.opening_terms),
            (_("Target"), one.target_price, one.target_terms),
            (_("Walk-away"), one.walk_away_price, one.walk_away_terms),
            (_("What they would pay at most, estimated"), one.their_limit, ""),
            (_("Bargaining range"), one.bargaining_range, ""),
            (_("Agreed price"), one.agreed_price, one.outcome),
        )
        if price is not None or terms
    ]
    heading = f"{_('Prices and terms')} · {one.price_of}" if one.price_of else _("Prices and terms")
    return _table(heading, [("", 52), (_("Price"), 34), (_("Terms"), 0)], rows)


def _texts(one: NegotiationDossier) -> list[Block]:
    pairs = [
        [label, text[:LONG]]
        for label, text in (
            (_("Objective"), one.objective),
            (_("People and their interests"), one.interests),
            (_("Our alternatives"), one.our_alternatives),
            (_("Their alternatives"), one.their_alternatives),
            (_("Decision criteria"), one.negotiation.decision_criteria),
        )
        if text
    ]
    return [{"kind": "heading", "text": _("Preparation")}, {"kind": "facts", "pairs": pairs}] if pairs else []


def _rounds(one: NegotiationDossier) -> list[Block]:
    held = list(one.rounds.standing().order_by("-number")[:MOST_ROUNDS])
    currency = one.negotiation.currency
    rows = [
        [
            str(row.number),
            day(row.held_on),
            f"{_price(row.our_price, currency)}\n{row.our_position[:SHORT]}".strip(),
            f"{_price(row.their_price, currency)}\n{row.their_position[:SHORT]}".strip(),
            row.next_step[:SHORT] or "–",
        ]
        for row in reversed(held)
    ]
    columns = [(_("Round"), 12), (_("Held on"), 18), (_("Our position"), 0), (_("Their position"), 0), (_("Next step"), 0)]
    return _table(_("Rounds"), columns, rows)


def _concessions(one: NegotiationDossier) -> list[Block]:
    made = one.concessions.standing().select_related("in_return_for")
    sums = dict(made.order_by().values_list("side").annotate(Sum("annual_value")))
    given, got = (sums.get(side.value, 0) for side in (Concession.Side.GIVEN, Concession.Side.GOT))
    rows = []
    for row in made.order_by("-annual_value", "pk")[:MOST_CONCESSIONS]:
        amount = number(row.annual_value, 2)
        sides = (amount, "") if row.side == Concession.Side.GIVEN else ("", amount)
        answer = row.in_return_for.what if row.in_return_for else row.motivation or "–"
        rows.append([row.what, f"{row.get_kind_display()} · {number(row.figure, None)}", answer, *sides])
    total = [_("Total"), "", "", number(given, 2), number(got, 2)]
    balance = [_("Balance"), "", "", "", number(got - given, 2, signed=True)]
    columns = [(_("What"), 0), (_("Kind"), 44), (_("In return for"), 0), (_("Given"), 26), (_("Got"), 26)]
    heading = _("Concessions, %(currency)s a year") % {"currency": one.negotiation.currency}
    return _table(heading, columns, rows, [total, balance], numbers=2)


def _next(one: NegotiationDossier) -> list[Block]:
    sought = one.negotiation
    if not sought.next_step:
        return []
    person = str(sought.next_step_by or "")
    return [{"kind": "notice", "text": f"{_('Next step')}: {sought.next_step} · {day(sought.next_step_on)} · {person}"}]


def _about(one: Negotiation) -> list[Block]:
    """What it is about, year by year."""
    rows = []
    for line in one.lines.for_list()[:MOST_LINES]:
        volumes = " · ".join(f"{year}: {number(quantity, None)}" for year, quantity in line.volumes)
        rows.append([str(line.subject), volumes or "–", number(line.price, 2, most=5), number(line.target_price, 2, most=5)])
    columns = [(_("What it is about"), 0), (_("Quantities by year"), 0), (_("Price"), 24), (_("Their target"), 24)]
    found = _table(_("Subject"), columns, rows, numbers=2)
    if one.by_year:
        values = " · ".join(f"{year}: {number(value)}" for year, value in one.by_year)
        found.append(
            {"kind": "text", "text": _("Value by year, %(currency)s: %(values)s") % {"currency": one.currency, "values": values}}
        )
    return found


def _holder(one: Negotiation) -> tuple[str, int]:
    """Whose sales and prices these are: of the plant, the company or the group."""
    return next((name, key) for name in ("plant", "customer", "group") if (key := getattr(one, f"{name}_id")) is not None)


def _sales(one: Negotiation, actor: Any) -> list[Block]:
    """What was sold to them in three years and this one, by product, as far as whoever prints it reads sales."""
    if not reads_ledger(actor):
        return []
    name, key = _holder(one)
    year = clock.today().year
    only: dict[str, Sequence[Any]] = {name: [key]}
    recent = sales_by("product", Question(year, only=only), actor)
    earlier = {row.key: row for row in sales_by("product", Question(year - 2, only=only), actor)}
    labels = {row.key: row.label for row in (*earlier.values(), *recent)}
    now = {row.key: row for row in recent}

    def amounts(keys: Any) -> list[Any]:
        """Revenue of three years that are over and of the running one."""
        old, new = [earlier[one] for one in keys if one in earlier], [now[one] for one in keys if one in now]
        return [
            sum(row.before.revenue for row in old), sum(row.now.revenue for row in old),
            sum(row.before.revenue for row in new), sum(row.so_far for row in new),
        ]  # fmt: skip

    ranked = sorted(labels, key=lambda key: (-amounts([key])[2] - amounts([key])[3], labels[key]))
    rows = [[labels[key], *map(number, amounts([key]))] for key in ranked[:MOST_PRODUCTS]]
    if ranked[MOST_PRODUCTS:]:
        rows.append([_("Others"), *map(number, amounts(ranked[MOST_PRODUCTS:]))])
    years = [(str(year - 3), 22), (str(year - 2), 22), (str(year - 1), 22), (_("%(year)s to date") % {"year": year}, 26)]
    heading = _("Sales, %(currency)s") % {"currency": base_currency()}
    return _table(heading, [(_("Product"), 0), *years], rows, [[_("Total"), *map(number, amounts(ranked))]], numbers=4)


def _prices(one: Negotiation, actor: Any) -> list[Block]:
    """What was agreed with them, of the products in question where there are any; the latest first."""
    company = one.company
    group = one.group_id or (company.group_id if company else None)
    whose = Q(group=group) if group else Q(pk__in=[])
    if company:
        whose |= Q(customer=company)
    if one.plant_id:
        whose |= Q(plant=one.plant_id)
    found = AgreementLine.objects.visible_to(actor).filter(whose, agreed=True)
    products = [line.product_id for line in one.lines.all() if line.product_id]
    if products:
        found = found.filter(product__in=products)
    rows = [
        [
            str(line.subject),
            f"{line.price_text} {line.currency} / {number(line.price_unit)}",
            day(line.first_day),
            day(line.last_day),
            str(line.agreement.number),
        ]
        for line in found.for_list().order_by("-period", "-pk")[:MOST_PRICES]
    ]
    columns = [(_("Product"), 0), (_("Price"), 42), (_("Valid from"), 22), (_("Valid until"), 22), (_("Agreement"), 34)]
    return _table(_("Agreed prices"), columns, rows)
