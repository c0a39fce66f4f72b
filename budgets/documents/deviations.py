"""The deviation report, a page a person, and the sheet of a sales meeting."""

from datetime import date
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import User
from budgets.documents.forms import MEETING, REPORT, Block
from budgets.models import CorrectiveAction, Deviation, IssuedPaper, Measure, PaperKind, SalesMeeting, year_name
from budgets.reports.meeting import Agenda, agenda, cases_of
from budgets.reports.my_year import people_to_see, whole, years_to_see
from budgets.reports.standings import Question
from kam.core import clock
from kam.core.formats import day, number
from kam.core.printing import Contents
from kam.core.workflow import Denied

MOST_CASES = 12


def deviation_report(key: str, *, actor: Any) -> Contents:
    """The report of a year and a person, or of everybody whose year the reader sees: `2026-01-01:12`, `2026-01-01:`. Raises Denied."""
    text, _colon, number_ = str(key).partition(":")
    year = next((one for one in years_to_see(actor) if one.isoformat() == text), None)
    people = [one for one in people_to_see(actor) if not number_ or str(one.pk) == number_]
    if year is None or not people:
        raise Denied("not_found", _("There is no such record."), status=404)
    with translation.override(actor.language):
        blocks: list[Block] = []
        for person in people:
            page = _page_of(person, year, actor)
            blocks += [*([{"kind": "page"}] if blocks and page else []), *page]
        return Contents(
            template="sheet.typ",
            form=REPORT,
            title=_("Deviation report"),
            number=year_name(year),
            language=actor.language,
            path="/budgets/deviations/",
            confidential=True,
            data={"subtitle": _("Months over until %(day)s") % {"day": day(clock.today().replace(day=1))}, "blocks": blocks},
            file_name=f"{_('Deviation report')} {year_name(year)}.pdf",
            issued=IssuedPaper(
                kind=PaperKind.REPORT,
                people=sorted(one.pk for one in people),
                person=people[0] if len(people) == 1 else None,
                first_month=year,
                with_costs=any(cases_of(actor, one, year).filter(measure=Measure.MARGIN).exists() for one in people),
            ),
        )


def _page_of(person: User, year: date, actor: Any) -> list[Block]:
    """A person's page: the year, the cases with their bridge, causes and actions; nothing for somebody without a target."""
    standing = whole(Question(year, person=person))
    cases = list(cases_of(actor, person, year)[:MOST_CASES])
    if not standing.year and not cases:
        return []
    percent = standing.deviation.percent
    facts = [
        [_("Target to date"), f"{number(standing.planned)} {settings.BASE_CURRENCY}"],
        [_("Actual to date"), f"{number(standing.reached)} {settings.BASE_CURRENCY}"],
        [_("Difference"), f"{number(standing.gap, signed=True)} ({_percent(percent)})"],
    ]
    return [
        {"kind": "title", "text": str(person)},
        {"kind": "facts", "pairs": facts},
        *(_cases(cases) if cases else [{"kind": "notice", "text": _("No deviation is running.")}]),
        {"kind": "text", "text": _convention()},
    ]


def _percent(value: Any) -> str:
    return _("n/a") if value is None else f"{number(value, 2, signed=True)} %"


def _convention() -> str:
    return _(
        "Convention: price at actual quantity; volume at the plan's average price of what is in both; mix within a family of one unit;"
        " exchange on everything sold; new and ceased without a price effect. The parts add up to the difference exactly."
    )


def _cases(cases: list[Deviation]) -> list[Block]:
    columns = [
        {"label": _("Node")}, {"label": _("Target"), "width": 21, "number": True}, {"label": _("Actual"), "width": 21, "number": True},
        {"label": "Δ", "width": 20, "number": True}, {"label": "Δ %", "width": 15, "number": True}, {"label": _("Status"), "width": 28},
    ]  # fmt: skip
    rows = [
        [
            f"{case.node}\n{case.get_measure_display()}{f' ({case.unit_words})' if case.unit else ''}",
            number(case.planned),
            number(case.actual),
            number(case.gap, signed=True),
            _percent(case.percent),
            str(case.get_status_display()),
        ]
        for case in cases
    ]
    blocks: list[Block] = [
        {"kind": "heading", "text": _("Deviations")},
        {"kind": "table", "columns": columns, "rows": rows},
    ]
    for title, table in ((_("Why"), _why(cases)), (_("Corrective actions"), _actions(cases))):
        if table["rows"]:
            blocks += [{"kind": "heading", "text": title}, table]
    return blocks


def _why(cases: list[Deviation]) -> Block:
    """The bridge as kept with the analysis, and the causes."""
    effects = [(_("Volume"), "volume"), (_("Mix"), "mix"), (_("Price"), "price"), (_("Exchange"), "exchange"), (_("New"), "new"),
               (_("Ceased"), "ceased")]  # fmt: skip
    rows = []
    for case in cases:
        if case.volume is not None:
            parts = [f"{label} {number(getattr(case, name), signed=True)}" for label, name in effects if getattr(case, name)]
            rows.append([case.node, _("Bridge"), " · ".join(parts), ""])
        rows += [
            [case.node, str(cause.get_code_display()), cause.comment, number(cause.amount, signed=True)]
            for cause in case.causes.all()
        ]
    columns = [{"label": _("Node"), "width": 46}, {"label": _("Cause"), "width": 34}, {"label": _("Comment")},
               {"label": _("Amount"), "width": 22, "number": True}]  # fmt: skip
    return {"kind": "table", "columns": columns, "rows": rows}


def _actions(cases: list[Deviation]) -> Block:
    return _table_of_actions([action for case in cases for action in case.actions.all()])


def _table_of_actions(actions: list[CorrectiveAction]) -> Block:
    columns = [
        {"label": _("What")}, {"label": _("Who"), "width": 34}, {"label": _("Due"), "width": 20},
        {"label": _("Expected"), "width": 22, "number": True}, {"label": _("Status"), "width": 24},
    ]  # fmt: skip
    rows = [
        [action.what, str(action.owner), day(action.due_on), number(action.expected_total), str(action.get_status_display())]
        for action in actions
    ]
    return {"kind": "table", "columns": columns, "rows": rows}


def meeting_sheet(key: str, *, actor: Any) -> Contents:
    """The sheet of a sales meeting: what was on the table, the minutes, what was decided. Raises Denied where it is not the reader's."""
    meeting = SalesMeeting.objects.visible_to(actor).for_list().filter(pk=int(key)).first() if str(key).isdecimal() else None
    if meeting is None:
        raise Denied("not_found", _("There is no such record."), status=404)
    years = [one for one in years_to_see(actor) if one <= meeting.held_on]
    found = agenda(actor, meeting.person, years[0] if years else None)
    with translation.override(actor.language):
        return Contents(
            template="sheet.typ",
            form=MEETING,
            title=_("Minutes of the sales meeting"),
            number=day(meeting.held_on),
            language=actor.language,
            path=meeting.get_absolute_url(),
            confidential=True,
            data={"subtitle": str(meeting.person or _("Team")), "blocks": _of_meeting(meeting, found)},
            file_name=f"{_('Sales meeting')} {meeting.held_on:%Y-%m-%d}.pdf",
            issued=IssuedPaper(
                kind=PaperKind.MEETING,
                meeting=meeting,
                person=meeting.person,
                first_month=years[0] if years else None,
                with_costs=any(case.measure == Measure.MARGIN for case in [*found.deviations, *found.to_decide]),
            ),
        )


def _of_meeting(meeting: SalesMeeting, found: Agenda) -> list[Block]:
    blocks = _cases(list(found.deviations))[:2] if found.deviations else []
    if found.actions:
        blocks += [{"kind": "heading", "text": _("Actions due")}, _table_of_actions(list(found.actions))]
    if found.to_decide:
        ticks = [{"text": f"{case.node}: {case.get_status_display()}"} for case in found.to_decide]
        blocks += [{"kind": "heading", "text": _("To decide")}, {"kind": "ticks", "items": ticks}]
    for title, text in ((_("Minutes"), meeting.minutes), (_("Decisions"), meeting.decisions)):
        if text:
            blocks += [{"kind": "heading", "text": title}, {"kind": "text", "text": text}]
    people = [str(one) for one in (meeting.person, meeting.held_by) if one is not None]
    return [*blocks, {"kind": "signatures", "names": list(dict.fromkeys(people))}]
