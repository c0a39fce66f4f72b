"""Pages of an 8D: its part on the complaint's page with both diagrams, a page for each discipline, causes and actions one by one."""

import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from complaints.actions import add_action, add_cause, edit_action, edit_cause
from complaints.actions.eight_d import why_not_worked_on
from complaints.actions.receiving import label_key
from complaints.forms.eight_d import (
    ActionForm,
    CauseForm,
    ContainmentForm,
    PreventionForm,
    ProblemForm,
    ProofForm,
    TeamForm,
)
from complaints.forms.letters import LetterForm
from complaints.models import Cause, Complaint, ComplaintAction, ComplaintLetter
from complaints.reports.diagrams import diagrams_of
from complaints.reports.report_8d import report_8d
from complaints.views.process import ComplaintStep
from kam.core.views import FormPage, Signed, VerbView
from kam.core.views.base import refusals_of
from kam.core.views.prints import PrintView
from kam.core.workflow import Denied


class EightD(Signed):
    """Team, problem, containment, causes with their diagrams, actions and prevention, as a part of the complaint's page."""

    model = Complaint

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        complaint = self.record_or_404()
        context = {
            "complaint": complaint,
            "can_write": why_not_worked_on(complaint) is None and self._may("complaints.write_containment", complaint),
            "can_act": self._may("complaints.finish_action", complaint),
            "can_verify": self._may("complaints.verify_action", complaint),
            "team": complaint.team.select_related("person"),
            "problem": complaint.problem.all(),
            "containment": complaint.containment.select_related("responsible"),
            "actions": complaint.actions.select_related("cause", "owner", "verified_by"),
            **diagrams_of(complaint),
        }
        return render(request, "complaints/eight_d.html", context)

    def _may(self, verb: str, complaint: Complaint) -> bool:
        return Complaint.objects.permitted(self.reader, verb).filter(pk=complaint.pk).exists()


class ReportPrint(PrintView):
    """A letter as it stands, printed in the customer's language: the confirmation of receipt, the 3D, or the final answer."""

    model = Complaint
    printed = "complaints.report"
    report = ComplaintLetter.Kind.FINAL

    def key(self, record: Any) -> str:
        return f"{record.pk}:{self.report}"


class LabelPrint(PrintView):
    """The label of complained goods."""

    model = Complaint
    printed = "complaints.label"

    def key(self, record: Any) -> str:
        """Only while the complaint runs."""
        return label_key(record, self.reader)


class ReportFile(Signed):
    """The 8D as a file that the customer's system reads."""

    model = Complaint

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        complaint = self.record_or_404()
        try:
            report = report_8d(complaint)
        except Denied as denied:
            for one in refusals_of(denied):
                messages.error(request, str(one))
            return redirect(f"{complaint.get_absolute_url()}?tab=eight_d")
        answer = HttpResponse(json.dumps(report, indent=1, ensure_ascii=False), content_type="application/json; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="Report8D-{complaint.number}.json"'
        return answer


class Discipline(ComplaintStep):
    """A discipline; it leads back to the 8D."""

    def next_address(self, result: Any) -> str:
        return f"{self.record.get_absolute_url()}?tab=eight_d"


class ComplaintTeam(Discipline):
    """The team."""

    verb = "complaints.write_team"
    form_class = TeamForm


class ComplaintProblem(Discipline):
    """What it is and is not."""

    verb = "complaints.write_problem"
    form_class = ProblemForm
    template_name = "complaints/table_page.html"


class ComplaintContainment(Discipline):
    """How many pieces are where."""

    verb = "complaints.write_containment"
    form_class = ContainmentForm
    template_name = "complaints/table_page.html"
    text = _("Blank is not zero: write 0 where somebody looked and found none.")


class ComplaintContained(Discipline):
    """The first answer went out."""

    verb = "complaints.finish_containment"
    form_class = LetterForm


class ComplaintDefine(Discipline):
    """Causes are found and actions defined."""

    verb = "complaints.define_actions"
    reason = True


class ComplaintImplement(Discipline):
    """The actions are implemented."""

    verb = "complaints.implement_actions"
    reason = True


class ComplaintPrevention(Discipline):
    """What was changed so that it comes back nowhere."""

    verb = "complaints.write_prevention"
    form_class = PreventionForm

    def initial(self) -> dict[str, Any]:
        one = self.record
        return {"papers": one.prevention_papers, "similar": one.prevention_similar, "lessons": one.lessons}


class RowPage(FormPage):
    """A cause or an action of a complaint."""

    @cached_property
    def complaint(self) -> Complaint:
        """The complaint that it is about, if it is the reader's."""
        if self.record is not None:
            return self.record.complaint
        found: Complaint = get_object_or_404(Complaint.objects.visible_to(self.reader), pk=self.kwargs["pk"])
        return found

    def check_right(self) -> None:
        """The right follows from the complaint."""
        self.require(self.verb, self.record or self.complaint)

    def form(self, data: Any = None, files: Any = None) -> Any:
        bound = type(self.form_class.__name__, (self.form_class,), {"about": self.complaint})
        initial = self.initial() | ({"version": self.record.version} if self.record is not None else {})
        return bound(data, files, initial=initial, reader=self.reader, record=self.record)

    def cancel_address(self) -> str:
        return f"{self.complaint.get_absolute_url()}?tab=eight_d"


class CauseCreate(RowPage):
    """Write down a cause."""

    model = Cause
    form_class = CauseForm
    verb = "complaints.add_cause"
    creates = True
    title = _("Add cause")

    def act(self, form: Any) -> Any:
        return add_cause(Cause, actor=self.reader, complaint=self.complaint, **_without_version(form))


class CauseEdit(RowPage):
    """Change a cause."""

    model = Cause
    form_class = CauseForm
    verb = "complaints.edit_cause"
    title = _("Edit cause")

    def act(self, form: Any) -> Any:
        return edit_cause(self.record, actor=self.reader, **form.values())


class CauseRemove(VerbView):
    """Take a cause away."""

    model = Cause
    verb = "complaints.remove_cause"
    dangerous = True
    text = _("The cause is taken away; it stays in the history.")


class ActionCreate(RowPage):
    """Plan an action."""

    model = ComplaintAction
    form_class = ActionForm
    verb = "complaints.add_action"
    creates = True
    title = _("Add action")

    def act(self, form: Any) -> Any:
        return add_action(ComplaintAction, actor=self.reader, complaint=self.complaint, **_without_version(form))


class ActionEdit(RowPage):
    """Change an action."""

    model = ComplaintAction
    form_class = ActionForm
    verb = "complaints.edit_action"
    title = _("Edit action")

    def act(self, form: Any) -> Any:
        return edit_action(self.record, actor=self.reader, **form.values())


class ActionFinish(VerbView):
    """It was carried out."""

    model = ComplaintAction
    verb = "complaints.finish_action"
    form_class = ProofForm


class ActionVerify(VerbView):
    """It was verified."""

    model = ComplaintAction
    verb = "complaints.verify_action"
    reason = True


def _without_version(form: Any) -> dict[str, Any]:
    return {name: value for name, value in form.values().items() if name != "version"}
