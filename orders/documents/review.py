"""The record of a contract review: class and why, differences with their decision, answers, signatures, checks, conditions, result (domain 5.6, 15)."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.documents import letterhead
from kam.core import formats
from kam.core.printing import Contents
from kam.core.workflow import Denied
from orders.documents.forms import REVIEW
from orders.models import ContractReview
from orders.reports.order_checks import told
from orders.reports.order_differences import written
from orders.reports.review_class import say_why

Block = dict[str, Any]


def review_print(key: str, *, actor: Any) -> Contents:
    """The record of a review in its reader's language, as far as it stands; it is our own paper, not one for the customer. Raises Denied."""
    found = ContractReview.objects.visible_to(actor)
    found = found.filter(pk=int(key)) if str(key).isdecimal() and len(str(key)) < 19 else found.none()
    one = found.for_list().first()
    if one is None:
        raise Denied("not_found", _("There is no such record."), status=404)
    with translation.override(actor.language):
        title = _("Record of the contract review")
        return Contents(
            template="sheet.typ",
            form=REVIEW,
            title=title,
            number=one.name,
            language=actor.language,
            path=one.get_absolute_url(),
            letterhead=letterhead(one.selling_location, actor.language),
            draft=one.state != ContractReview.State.CLOSED,
            data={
                "subtitle": one.plant.customer.name,
                "addressee": [one.plant.customer.name, one.plant.name],
                "reference": _reference(one),
                "blocks": [*_why(one), *_differences(one), *_checks(one), *_answers(one), *_signatures(one), *_conditions(one)],
            },
            file_name=f"{title} {one.name}.pdf".replace("/", "-"),
        )


def _reference(one: ContractReview) -> list[list[str]]:
    pairs = [
        (_("Class"), str(one.get_klass_display())),
        (_("Status"), str(one.get_state_display())),
        (_("Result"), str(one.get_result_display())),
        (pgettext("review", "Round"), formats.number(one.round)),
        (_("Entered by"), str(one.entered_by or "")),
        (_("Opened"), formats.moment(one.opened_at)),
        (_("Decided by"), str(one.decided_by or "")),
        (_("Decided"), formats.moment(one.decided_at) if one.decided_at else ""),
        (_("Customer informed on"), formats.day(one.informed_on) if one.informed_on else ""),
        (_("Checklist"), str(one.checklist)),
    ]
    return [[label, text] for label, text in pairs if text]


def _table(heading: str, columns: Sequence[tuple[str, int]], rows: list[list[str]]) -> list[Block]:
    if not rows:
        return []
    named = [{"label": label} | ({"width": width} if width else {}) for label, width in columns]
    return [
        {"kind": "heading", "text": heading},
        {"kind": "table", "columns": named, "rows": rows, "totals": [], "compact": True},
    ]


def _why(one: ContractReview) -> list[Block]:
    said = say_why(one.why)
    if one.class_reason:
        said.append(f"{one.class_reason} ({one.class_by})")
    if one.decision:
        said.append(one.decision)
    return [{"kind": "heading", "text": _("Why this class")}, *({"kind": "text", "text": text} for text in said)]


def _differences(one: ContractReview) -> list[Block]:
    rows = []
    for row in one.differences.filter(gone_at__isnull=True).select_related("decided_by"):
        effect = formats.money(row.effect, settings.BASE_CURRENCY) if row.effect is not None else _("to be valued")
        decided = f"{row.decided_by}, {formats.day(row.decided_at)}" if row.decided_by else ""
        parts = [str(row.get_decision_display()), decided, row.reason, row.evidence]
        said = " · ".join(part for part in parts if part) or "–"
        rows.append([row.name, written(row.field, row.expected), written(row.field, row.found), effect, said])
    columns = [
        (_("Field"), 30),
        (_("Offered or agreed"), 30),
        (_("Ordered"), 30),
        (_("Effect of a year"), 26),
        (_("Decision"), 0),
    ]
    return _table(pgettext("review", "Differences"), columns, rows)


def _checks(one: ContractReview) -> list[Block]:
    return _table(_("Checks"), [("", 26), (_("What was found"), 0)], [[str(level), text] for level, text in told(one.checked)])


def _answers(one: ContractReview) -> list[Block]:
    rows = []
    answers = one.asked_answers.select_related("question", "answered_by")
    for row in answers:
        said = " · ".join(part for part in (row.comment, row.resolution, row.evidence) if part)
        by = f"{row.answered_by}, {formats.moment(row.answered_at)}" if row.answered_by else "–"
        rows.append([row.question.text, str(row.get_answer_display()) or "–", said, by])
    return _table(_("Checklist"), [(_("Question"), 70), (_("Answer"), 18), (_("Comment"), 0), (_("By"), 34)], rows)


def _signatures(one: ContractReview) -> list[Block]:
    rows = []
    for row in one.signatures.select_related("signed_by", "on_behalf_of"):
        person = str(row.signed_by or "–")
        if row.on_behalf_of:
            person = _("%(person)s for %(principal)s") % {"person": person, "principal": row.on_behalf_of}
        signed = formats.moment(row.signed_at) if row.signed_at else "–"
        rows.append([formats.number(row.round), str(row.get_function_display()), person, signed, row.comment])
    columns = [(pgettext("review", "Round"), 14), (_("Function"), 34), (_("Signed by"), 40), (_("Signed"), 30), (_("Opinion"), 0)]
    return _table(_("Signatures"), columns, rows)


def _conditions(one: ContractReview) -> list[Block]:
    rows = [[row.text, str(row.owner), formats.day(row.due_on)] for row in one.conditions.select_related("owner")]
    return _table(_("Conditions"), [(_("Condition"), 0), (_("Owner"), 40), (_("Due"), 24)], rows)
