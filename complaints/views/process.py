"""Pages of a complaint's process: one for each verb, in the order in which they come."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from complaints.actions import assessing, closing
from complaints.forms.letters import AddressForm, LetterForm
from complaints.forms.process import AnswerForm, AssessForm, EvidenceForm, GroundsForm, ReplyForm
from complaints.models import Complaint, ComplaintLetter, Depth
from kam.core.views import VerbView
from kam.core.views.record import VerbButton

#: The verbs of the process for the buttons of the complaint's page; those with their own reason are shown while they can be done.
BUTTONS = (
    VerbButton("complaints.assess_complaint", "complaints:complaint_assess", "scale", page=True, primary=True),
    VerbButton("complaints.write_containment", "complaints:complaint_containment", "shield", page=True, primary=True),
    VerbButton("complaints.finish_containment", "complaints:complaint_contained", "send", page=True, primary=True),
    VerbButton("complaints.define_actions", "complaints:complaint_define", "list-checks", page=True, primary=True),
    VerbButton("complaints.implement_actions", "complaints:complaint_implement", "check", page=True, primary=True),
    VerbButton("complaints.write_prevention", "complaints:complaint_prevention", "shield-check", page=True, primary=True),
    VerbButton("complaints.send_answer", "complaints:complaint_answer", "send", page=True, primary=True),
    VerbButton("complaints.close_complaint", "complaints:complaint_close", "lock", page=True, primary=True),
    VerbButton("complaints.confirm_effectiveness", "complaints:complaint_effective", "check", page=True, primary=True),
    VerbButton("complaints.note_reply", "complaints:complaint_reply", "reply", page=True, why_not=closing.why_no_reply),
    VerbButton("complaints.remind_customer", "complaints:complaint_remind", "bell", why_not=closing.why_no_reminder),
    VerbButton("complaints.ask_parts", "complaints:complaint_ask_parts", "package", why_not=assessing.why_not_asked),
    VerbButton("complaints.note_parts", "complaints:complaint_note_parts", "package-check", why_not=assessing.why_not_arrived),
    VerbButton("complaints.propose_rejection", "complaints:complaint_propose_rejection", "x", page=True, why_not=assessing.why_not_proposed),
    VerbButton("complaints.reject_complaint", "complaints:complaint_reject", "ban", page=True),
    VerbButton("complaints.decline_rejection", "complaints:complaint_decline_rejection", "undo-2", page=True, why_not=assessing.why_not_declined),
    VerbButton("complaints.recognise_defect", "complaints:complaint_recognise", "stamp", page=True, why_not=assessing.why_not_recognised),
    VerbButton("complaints.reopen_complaint", "complaints:complaint_reopen", "rotate-ccw", page=True),
)  # fmt: skip
#: Those that are not shown while they cannot be done: their reason says nothing that helps.
QUIET = frozenset(button.verb for button in BUTTONS if button.why_not is not None) | {
    "complaints.reject_complaint",
    "complaints.send_answer",
    "complaints.write_containment",
}


class ComplaintStep(VerbView):
    """A step of a complaint."""

    model = Complaint


class ComplaintAssess(ComplaintStep):
    """Assess it."""

    verb = "complaints.assess_complaint"
    form_class = AssessForm
    text = _("From the severity and the depth follow the deadlines; the customer's own come first.")

    def initial(self) -> dict[str, Any]:
        return {"severity": self.record.severity, "depth": self.record.depth or Depth.STATEMENT, "leader": self.record.leader_id}


class ComplaintAnswer(ComplaintStep):
    """Note the final answer."""

    verb = "complaints.send_answer"
    form_class = AnswerForm

    def initial(self) -> dict[str, Any]:
        contact = self.record.contact
        return {"answer": self.record.answer, "sent_to": contact.email if contact else ""}


class LetterSend(VerbView):
    """Mail a letter that was given out by hand or did not arrive."""

    model = ComplaintLetter
    verb = "complaints.send_letter"
    form_class = AddressForm


class ComplaintRemind(ComplaintStep):
    """Note that the customer was reminded."""

    verb = "complaints.remind_customer"


class ComplaintReply(ComplaintStep):
    """Note the customer's reply."""

    verb = "complaints.note_reply"
    form_class = ReplyForm


class ComplaintClose(ComplaintStep):
    """Close it."""

    verb = "complaints.close_complaint"
    reason = True
    text = _("Nothing may be open any more, and whoever led it or wrote its analysis does not close it.")


class ComplaintEffective(ComplaintStep):
    """Verify what was done."""

    verb = "complaints.confirm_effectiveness"
    form_class = EvidenceForm


class ComplaintReopen(ComplaintStep):
    """Open it again."""

    verb = "complaints.reopen_complaint"
    reason_required = True
    text = _("It is assessed anew. What was closed and came back is one step graver.")


class ComplaintAskParts(ComplaintStep):
    """Wait for parts."""

    verb = "complaints.ask_parts"


class ComplaintNoteParts(ComplaintStep):
    """The parts came."""

    verb = "complaints.note_parts"


class ComplaintProposeRejection(ComplaintStep):
    """Find it not justified."""

    verb = "complaints.propose_rejection"
    form_class = GroundsForm
    text = _("Who leads the account decides whether it is rejected.")


class ComplaintReject(ComplaintStep):
    """Reject it as not justified."""

    verb = "complaints.reject_complaint"
    form_class = LetterForm
    reason = True
    dangerous = True
    text = _("A letter in the customer's language says why, and what they can do if they see it otherwise.")


class ComplaintDeclineRejection(ComplaintStep):
    """Do not reject it."""

    verb = "complaints.decline_rejection"
    reason_required = True


class ComplaintRecognise(ComplaintStep):
    """Recognise the defect."""

    verb = "complaints.recognise_defect"
    reason_required = True
    dangerous = True
    text = _("Who recognises a defect gives up that the notice may have come late. The act is kept with your name.")
