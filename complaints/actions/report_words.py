"""What letters about a complaint say (confirmation of receipt, statement, 3D, 5D, 8D, rejection), in the customer's language, as plain data that their print lays out (domain 15).

They never say a cost, and they recognise nothing that was not recognised.
"""

from collections.abc import Sequence
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.countries import country_name
from accounts.models import account_manager_of
from complaints.models import Cause, Complaint, ComplaintAction, ComplaintLetter, Depth, Step
from complaints.models.deadlines import kind_of
from kam.core import clock, formats
from kam.core.formats import day

Block = dict[str, Any]
Kind = ComplaintLetter.Kind
DISCIPLINES = ("D1", "D2", "D3", "D4", "D5", "D6", "D7", "D8")
#: How many disciplines each depth has.
LAST: dict[str, int] = {"": 2, Depth.STATEMENT: 2, Depth.THREE: 3, Depth.FIVE: 5, Depth.EIGHT: 8}


def language_of(complaint: Complaint) -> str:
    """The language of whoever complained."""
    return str(complaint.contact.language if complaint.contact else complaint.plant.customer.language)


def report_of(complaint: Complaint, kind: str) -> dict[str, Any]:
    """Title, language and contents of a letter as it stands today."""
    language = language_of(complaint)
    with translation.override(language):
        if kind == Kind.RECEIPT:
            title, blocks = _("Confirmation of receipt"), _receipt(complaint)
        elif kind == Kind.REJECTION:
            title, blocks = _("Rejection of a complaint"), _rejection(complaint)
        else:
            title, blocks = _report(complaint, kind)
        return {
            "title": title,
            "language": language,
            "contents": {
                "addressee": _addressee(complaint),
                "reference": _reference(complaint) + (_contact(complaint) if kind in {Kind.RECEIPT, Kind.REJECTION} else []),
                "blocks": blocks,
            },
        }


def _report(complaint: Complaint, kind: str) -> tuple[str, list[Block]]:
    """The disciplines that its depth has, and at the end the answer."""
    depth = Depth(complaint.depth or Depth.STATEMENT)
    last = 3 if kind == Kind.INTERIM else LAST[depth]
    if kind == Kind.INTERIM:
        title = _("3D report")
    elif depth == Depth.STATEMENT:
        title = _("Statement on a complaint")
    else:
        title = _("%(depth)s report") % {"depth": depth.label}
    blocks = [*_status(complaint, last), *_problem(complaint)]
    if last >= 3:
        blocks = [*_status(complaint, last), *_team(complaint), *_problem(complaint), *_containment(complaint)]
    if last >= 5:
        blocks += [*_causes(complaint), *_corrective(complaint)]
    if last >= 8:
        blocks += _prevention(complaint)
    return title, [*blocks, *(_end(complaint) if kind == Kind.FINAL else ()), *_reservation(complaint)]


def _described(complaint: Complaint) -> list[list[str]]:
    pairs = [[_("Your description"), complaint.text]]
    return pairs + ([[_("Complained about"), _quantity(complaint, complaint.claimed)]] if complaint.claimed is not None else [])


def _receipt(complaint: Complaint) -> list[Block]:
    """That it came, under which number, what comes next and until when; nothing about causes (AT-73)."""
    values = {"day": day(complaint.received_at), "number": complaint.number}
    promised = clock.clocks_of(complaint).filter(kind=kind_of(Step.D3), met_at=None, stopped_at=None).last()
    pairs = [*_described(complaint), [_("Next step"), _("We look into it and tell you what we find.")]]
    pairs += [[_("First answer by"), day(promised.due_at)]] if promised is not None else []
    opening = _(
        "We have received your report of %(day)s and keep it under our number %(number)s. Please name it when you write to us."
    )
    return [
        {"kind": "text", "text": opening % values},
        {"kind": "facts", "width": 52, "pairs": pairs},
        {"kind": "photos", "images": []},
        {"kind": "notice", "text": _("This message only confirms the receipt; it says nothing about causes or obligations.")},
    ]


def _rejection(complaint: Complaint) -> list[Block]:
    """What was found and by which evidence, and what the customer can do if they see it otherwise."""
    values = {"day": day(complaint.received_at), "number": complaint.number}
    counted = (
        (_("Returned"), complaint.returned), (_("Confirmed defective"), complaint.confirmed), (_("Without defect"), complaint.unjustified),
    )  # fmt: skip
    pairs = [*_described(complaint), *([label, _quantity(complaint, value)] for label, value in counted if value is not None)]
    pairs += [[_("Examined until"), day(complaint.rejected_at)]] if complaint.rejected_at else []
    opening = _("We have examined what you reported on %(day)s. Your complaint could not be confirmed.")
    contest = _(
        "If you see it otherwise, write to us under our number %(number)s and say or send what shows it: we then open it again and examine it anew."
    )
    texts = [contest % values]
    texts += [_("Please also tell us whether we send the returned goods back to you.")] if complaint.returned else []
    return [
        {"kind": "text", "text": opening % values},
        {"kind": "facts", "width": 52, "pairs": pairs},
        {"kind": "heading", "text": _("What we found, and by which evidence")},
        {"kind": "text", "text": complaint.rejection},
        {"kind": "photos", "images": []},
        {"kind": "heading", "text": _("What you can do")},
        *({"kind": "text", "text": text} for text in texts),
        *([] if complaint.recognised_at else [{"kind": "notice", "text": _("This letter recognises no obligation.")}]),
    ]  # fmt: skip


def _contact(complaint: Complaint) -> list[list[str]]:
    """Who of us answers questions."""
    leader = account_manager_of(complaint.plant.customer, clock.today())
    return [[_("Your contact"), str(leader)], [_("E-mail"), leader.email]] if leader is not None else []


def _addressee(complaint: Complaint) -> list[str]:
    plant = complaint.plant
    person = str(complaint.contact) if complaint.contact else ""
    place = f"{plant.postal_code} {plant.city}".strip()
    return [row for row in (plant.customer.name, person, plant.address, place, str(country_name(plant.country))) if row]


def _reference(complaint: Complaint) -> list[list[str]]:
    """Both numbers of the complaint, and what it is about."""
    order = complaint.order
    rows = [
        (_("Our number"), complaint.number),
        (_("Your complaint number"), complaint.customer_reference),
        (_("Received"), day(complaint.received_at)),
        (_("Your part number"), complaint.customer_part),
        (_("Our product"), str(complaint.product or "")),
        (_("Your order"), order.customer_reference if order else ""),
        (_("Delivery note"), complaint.delivery_note),
        (_("Batch"), complaint.batch),
        (_("Serial number"), complaint.serial),
    ]
    return [[label, text] for label, text in rows if text]


def _quantity(complaint: Complaint, value: Any) -> str:
    return f"{formats.number(value, 0, most=3)} {complaint.get_unit_display()}"


def _table(heading: str, columns: Sequence[tuple[str, int]], rows: list[list[str]], none: str) -> list[Block]:
    head: Block = {"kind": "heading", "text": heading}
    if not rows:
        return [head, {"kind": "text", "text": none}]
    named = [{"label": label} | ({"width": width} if width else {}) for label, width in columns]
    return [head, {"kind": "table", "columns": named, "rows": rows, "totals": [], "compact": True}]


def _status(complaint: Complaint, last: int) -> list[Block]:
    """How far each discipline is."""
    actions = list(complaint.actions.all())
    corrective = [one for one in actions if one.discipline == ComplaintAction.Discipline.CORRECTIVE]
    analysed = complaint.analysed_by_id is not None or complaint.status in ("action_defined", "action_implemented", "prevention")
    done = {
        "D1": complaint.assessed_at is not None,
        "D2": complaint.assessed_at is not None,
        "D3": complaint.contained_at is not None,
        "D4": analysed,
        "D5": analysed,
        "D6": complaint.implemented_at is not None,
        "D7": bool(complaint.lessons) and all(one.verified_on for one in actions),
        "D8": complaint.closed_at is not None,
    }
    begun = {
        "D3": complaint.containment.exists(), "D4": complaint.causes.exists(), "D5": bool(corrective),
        "D6": any(one.done_on for one in corrective), "D7": bool(complaint.lessons), "D8": complaint.answered_at is not None,
    }  # fmt: skip
    shown = DISCIPLINES[:last]
    words = [
        pgettext("discipline", "done") if done[one] else pgettext("discipline", "in work") if begun.get(one) else pgettext("discipline", "open")
        for one in shown
    ]  # fmt: skip
    columns = [{"label": one} for one in shown]
    return [{"kind": "table", "columns": columns, "rows": [words], "totals": [], "compact": True}]


def _team(complaint: Complaint) -> list[Block]:
    people = [(_("Leader"), complaint.leader)] if complaint.leader else []
    people += [(str(one.get_part_display()), one.person) for one in complaint.team.select_related("person")]
    rows = [[str(part), str(person), person.phone, person.email] for part, person in people]
    columns = [(_("Part"), 30), (_("Name"), 0), (_("Phone"), 40), (_("E-mail"), 56)]
    return _table(_("D1 Team"), columns, rows, _("Not named yet."))


def _problem(complaint: Complaint) -> list[Block]:
    quantities = (
        (_("Delivered"), complaint.delivered), (_("Complained about"), complaint.claimed), (_("Returned"), complaint.returned),
        (_("Confirmed defective"), complaint.confirmed), (_("Without defect"), complaint.unjustified),
    )  # fmt: skip
    pairs = [[_("Your description"), complaint.text]]
    pairs += [[label, _quantity(complaint, value)] for label, value in quantities if value is not None]
    pairs += [[_("Found"), complaint.detected_at]] if complaint.detected_at else []
    pairs += [[_("Defect discovered on"), day(complaint.discovered_on)]] if complaint.discovered_on else []
    blocks: list[Block] = [{"kind": "heading", "text": _("D2 Problem")}, {"kind": "facts", "width": 52, "pairs": pairs}]
    rows = [
        [str(one.get_question_display()), one.occurs, one.absent or "–", one.difference or "–"] for one in complaint.problem.all()
    ]
    if rows:
        columns = [{"label": label} for label in (_("Question"), _("Is"), _("Is not"), _("Difference"))]
        blocks.append({"kind": "table", "columns": columns, "rows": rows, "totals": [], "compact": True})
    return [*blocks, {"kind": "photos", "images": []}]


def _containment(complaint: Complaint) -> list[Block]:
    rows = [
        [
            str(one.get_place_display()), _quantity(complaint, one.quantity), one.action or "–", str(one.responsible or "–"),
            day(one.introduced_on) or "–", day(one.effective_from) or "–", one.result or "–",
        ]
        for one in complaint.containment.select_related("responsible")
    ]  # fmt: skip
    columns = [
        (_("Where"), 24), (_("Quantity"), 16), (_("Action"), 0), (_("Responsible"), 28), (_("Introduced on"), 18),
        (_("Effective from"), 18), (_("Result"), 36),
    ]  # fmt: skip
    return _table(_("D3 Containment"), columns, rows, _("Nobody has said yet how many pieces are where."))


def _causes(complaint: Complaint) -> list[Block]:
    order = list(Cause.Kind.values)
    causes = sorted(complaint.causes.all(), key=lambda one: (order.index(one.kind), one.pk))
    numbers = {one.pk: str(number) for number, one in enumerate(causes, 1)}
    rows = [
        [
            numbers[one.pk], str(one.get_kind_display()), str(one.get_category_display()), one.text,
            numbers.get(one.parent_id or 0, "–"), _("yes") if one.root else "–", one.verification or "–",
        ]
        for one in causes
    ]  # fmt: skip
    columns = [
        (pgettext("cause", "No."), 8), (_("Kind"), 24), (_("Category"), 20), (_("Cause"), 0), (_("Why of"), 14), (_("Root cause"), 22),
        (_("Verified by"), 44),
    ]  # fmt: skip
    return _table(_("D4 Causes"), columns, rows, _("No cause was found yet."))


def _actions(complaint: Complaint, discipline: str, heading: str) -> list[Block]:
    rows = [
        [
            one.text, str(one.cause or "–"), str(one.owner), day(one.due_on), day(one.done_on) or "–", one.proof or "–",
            day(one.verified_on) or "–",
        ]
        for one in complaint.actions.filter(discipline=discipline).select_related("cause", "owner")
    ]  # fmt: skip
    columns = [
        (_("Action"), 0), (_("Cause"), 36), (_("Responsible"), 26), (_("Due"), 17), (_("Done"), 17), (_("Proof"), 32),
        (_("Verified"), 17),
    ]  # fmt: skip
    return _table(heading, columns, rows, _("No action is planned yet."))


def _corrective(complaint: Complaint) -> list[Block]:
    return _actions(complaint, ComplaintAction.Discipline.CORRECTIVE, _("D5 and D6 Corrective actions and their proof"))


def _prevention(complaint: Complaint) -> list[Block]:
    blocks = _actions(complaint, ComplaintAction.Discipline.PREVENTIVE, _("D7 Prevention"))
    pairs = [
        [_("FMEA, control plan, instructions"), complaint.prevention_papers],
        [_("Similar products and locations"), complaint.prevention_similar],
        [_("Lessons learned"), complaint.lessons],
    ]
    return [*blocks, {"kind": "facts", "width": 52, "pairs": [pair for pair in pairs if pair[1]]}]


def _end(complaint: Complaint) -> list[Block]:
    """The answer in its words, and where the customer says whether they accept it."""
    title = _("D8 Conclusion") if complaint.depth == Depth.EIGHT else _("Answer")
    blocks: list[Block] = [{"kind": "heading", "text": title}]
    pairs = [
        [_("Answer"), complaint.answer],
        [_("Answered"), day(complaint.answered_at) if complaint.answered_at else ""],
        [_("Your reply"), str(complaint.get_acceptance_display())],
        [_("Closed"), day(complaint.closed_at) if complaint.closed_at else ""],
        [_("Effectiveness"), complaint.effectiveness],
    ]
    said = [pair for pair in pairs if pair[1]]
    blocks.append(
        {"kind": "facts", "width": 52, "pairs": said}
        if said
        else {"kind": "text", "text": _("The final answer is still to come.")}
    )
    accepts = _("The customer accepts this report")
    refuses = _("The customer does not accept it, because:")
    return [
        *blocks,
        {"kind": "ticks", "items": [{"text": accepts, "done": complaint.acceptance == "accepted"}, {"text": refuses}]},
        {"kind": "signatures", "names": [_("Customer: place, date, name and signature"), _("For us: quality")]},
    ]  # fmt: skip


def _reservation(complaint: Complaint) -> list[Block]:
    """Recognising a defect is an act of its own (AT-73): a report is none."""
    if complaint.recognised_at is not None:
        return []
    return [{"kind": "notice", "text": _("This report says what was found and done. It recognises no obligation beyond that.")}]
