"""The demonstration's deviations: found month by month, and carried through to different ends, as far as the year has come."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import ROUND_DOWN, ROUND_UP, Decimal

from django.contrib.contenttypes.models import ContentType

from accounts.models import User
from budgets.actions import (
    Cause,
    accept_deviation,
    add_action,
    analyse_deviation,
    close_deviation,
    complete_action,
    explain_deviation,
    finish_deviation,
    hold_meeting,
    plan_deviation,
    start_deviation,
)
from budgets.actions.sweep import sweep as look
from budgets.actions.sweep import years_in_force
from budgets.models import Deviation, SalesMeeting, months_of
from budgets.models.years import month_after
from budgets.reports.nodes import bridge_of, months_of_node
from kam.core import clock
from kam.core.parameters import ParameterValue, set_parameter
from kam.core.work import WorkItem, escalate_item
from kam.demo import stage
from kam.demo.organisation import person

#: What this company calls a large shortfall.
RED_AMOUNT = Decimal(50_000)
STEP, SHARE = Decimal(1_000), Decimal("0.35")
#: What is tried, in turn.
ACTIONS = (
    "Accordo quadro con premio di fine anno sui volumi ripresi",
    "Visita tecnica e campionatura per il secondo impianto",
    "Offerta di sostituzione sui ricambi in uscita",
    "Ripristino della puntualità: scorta dedicata per tre mesi",
    "Revisione prezzi con l'ufficio acquisti del cliente",
)
WHY = (
    "Impianto fermo per revamping, ripresa promessa in autunno.",
    "Concorrente locale con consegna in tre giorni.",
    "Progetto spostato di due mesi dal cliente.",
    "Consegne in ritardo a primavera, ordini passati ad altri.",
    "Ordini ridotti per scorte alte dal cliente.",
)
MINUTES = (
    "Letti gli scostamenti aperti, dal maggiore. Le cause di prezzo e cambio sono quelle del ponte, non si discutono. "
    "Due azioni in ritardo: spostate con motivo."
)
DECISIONS = (
    "Nessuno scostamento rosso senza azione oltre i cinque giorni. Portare alla revisione del budget solo i progetti persi."
)

#: So many cases stay open that nobody works on yet, revenue that somebody answers for first; the others are let go a week later.
STAY_OPEN = 6
LET_GO = "Sotto l'importo per cui il gruppo si muove, rivisto nella riunione: nessuna azione, si guarda il mese prossimo."


def make() -> None:
    """Look at the year as of each of the last months, and act on what was found; in January there is nothing yet."""
    today = stage.day(0)
    running = today.replace(day=1)
    with stage.at(-400):
        set_parameter(ParameterValue, actor=person("admin"), key="budgets.red_amount", value=RED_AMOUNT)
    for back in (4, 3, 2, 1, 0):
        looked = month_after(running, -back) + timedelta(days=10)
        if looked <= today:
            _look(looked, first=not Deviation.objects.exists())
    with stage.at(0):
        look()
        _close()
    with stage.at(-6):
        hold_meeting(SalesMeeting, actor=person("sales.manager"), minutes=MINUTES, decisions=DECISIONS)
        about = {"person": person("account.manager"), "minutes": MINUTES, "decisions": DECISIONS}
        hold_meeting(SalesMeeting, actor=person("sales.manager"), **about)


def _look(day: date, *, first: bool) -> None:
    """A sweep on the morning of a day; where it is the first that found something, people go to work on it."""
    offset = (day - stage.day(0)).days
    with stage.at(offset, 4):
        if not years_in_force() or not look():
            return
    if first:
        cases = Deviation.objects.cases().running().filter(measure="revenue", responsible__isnull=False)
        found = sorted(cases.select_related("responsible"), key=lambda case: (case.gap, case.kind, case.key))
        came = {case.pk: _came(case, offset) for case in found}
        for turn, case in enumerate(_in_turn(found, came)[:8]):
            _carry(case, turn, offset, came[case.pk])
    if offset + 6 <= 0:
        with stage.at(offset + 6):
            _let_go()
    if offset + 12 <= 0:
        with stage.at(offset + 12):
            _raise_late()


def _in_turn(found: list[Deviation], came: dict[int, Decimal]) -> list[Deviation]:
    """The cases by their gap, but first the one whose months after were the best, then the one whose were the worst: the actions
    on the first will have worked, those on the second not."""
    if len(found) < 2:
        return found
    by_what_came = sorted(found, key=lambda case: (-came[case.pk], case.kind, case.key))
    best, worst = by_what_came[0], by_what_came[-1]
    return [best, worst, *(case for case in found if case not in (best, worst))]


def _came(case: Deviation, offset: int) -> Decimal:
    """What the three months after a deviation was found have brought above the pace at which it was found."""
    with stage.at(0):
        standing = months_of_node(case)
    after = [month >= _first_month(offset) for month in months_of(case.first_month)]
    pace = case.actual / case.planned
    months = [actual - plan * pace for plan, actual, later in zip(standing.plan, standing.actual, after, strict=False) if later]
    return sum(months[:3], Decimal(0))


def _first_month(offset: int) -> date:
    """The first month in which an action on what was found on a day is to bring something."""
    return month_after(stage.day(offset).replace(day=1), 1)


def _raise_late() -> None:
    """Raise what nobody has taken up in time to the next level, as the worker does by day."""
    kind = ContentType.objects.get_for_model(Deviation)
    late = WorkItem.objects.open().filter(content_type=kind, kind="analyse_deviation", due_at__lt=clock.now())
    for key in late.order_by("pk").values_list("pk", flat=True):
        escalate_item(key)


def _let_go() -> None:
    """The sales manager accepts the smaller cases that nobody works on, so that the larger ones are worked on."""
    waiting = Deviation.objects.cases().filter(status=Deviation.Status.DETECTED)

    def weight(case: Deviation) -> tuple[bool, bool, Decimal, str, int]:
        return case.responsible_id is None, case.measure != "revenue", case.money_gap, case.kind, case.key

    for case in sorted(waiting, key=weight)[STAY_OPEN:]:
        accept_deviation(case, actor=person("sales.manager"), reason=LET_GO)


def _logged(user: User) -> User:
    return person(user.email.partition("@")[0])


def _carry(case: Deviation, turn: int, offset: int, came: Decimal) -> None:
    """Carry a case as far as its turn says: through, to its actions, to its analysis, or to the sales manager's decision."""
    assert case.responsible is not None
    leader = case.responsible
    if offset + 3 > 0:
        return
    with stage.at(offset + 2):
        if turn == 7:
            reason = "Stabilimento in chiusura, concordato con il cliente: nessuna azione."
            accept_deviation(case, actor=person("sales.manager"), reason=reason)
            return
        if turn == 6:
            analyse_deviation(case, actor=_logged(leader))
            return
        explain_deviation(case, actor=_logged(leader), causes=_causes(case, turn), comment="")
    with stage.at(offset + 3):
        months = _expected(case, came if turn == 0 else None)
        action = add_action(
            case, actor=_logged(leader), what=ACTIONS[turn % len(ACTIONS)], owner=_logged(leader), due_on=stage.day(offset + 30),
            first_month=_first_month(offset), expected=months,
        )  # fmt: skip
        plan_deviation(case, actor=_logged(leader))
        if turn < 5:
            start_deviation(case, actor=_logged(leader))
    if turn < 3 and offset + 24 <= 0:
        with stage.at(offset + 24):
            complete_action(action, actor=_logged(leader), outcome="Fatto, il cliente ha confermato.")
            finish_deviation(case, actor=_logged(leader))


def _close() -> None:
    """Put cases away whose actions have worked; the one with the largest gap stays for the next meeting."""
    worked = Deviation.objects.filter(status=Deviation.Status.EFFECTIVE, responsible__isnull=False).select_related("responsible")
    for case in worked.order_by("gap", "kind", "key")[1:]:
        if case.responsible is not None:
            close_deviation(case, actor=_logged(case.responsible))


def _causes(case: Deviation, turn: int) -> list[Cause]:
    """Price and exchange as the bridge has them, the rest for a reason."""
    found = bridge_of(case)
    parts: list[tuple[str, Decimal, str]] = [("price", found.price, ""), ("exchange", found.exchange, "")]
    known = [Cause(code, amount, note) for code, amount, note in parts if amount]
    code = ("demand", "lost_share", "delay", "delivery", "demand")[turn % 5]
    return [*known, Cause(code, found.difference - found.price - found.exchange, WHY[turn % len(WHY)])]


def _expected(case: Deviation, came: Decimal | None) -> Sequence[Decimal]:
    """What the first three months are to bring: about a third of what is missing in a month, or a little less than will come."""
    monthly = max(-case.gap / max(case.months, 1) * SHARE, STEP)
    if came is not None and came > STEP * 3:
        return [(came / 3 / STEP).to_integral_value(ROUND_DOWN) * STEP] * 3
    return [(monthly / STEP).to_integral_value(ROUND_UP) * STEP] * 3
