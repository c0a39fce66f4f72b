"""Pages of requests for consent to local prices: what waits, one of them with its prices, what is answered and decided."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from kam.core.tables import Column
from kam.core.views import Fact, RecordPage, VerbView
from kam.core.views.record import VerbButton
from orders.filters import PriceConsentFilter
from orders.forms import DecideForm
from orders.models import PriceConsent
from orders.reports.corridor import told
from orders.views.agreements import PricesList


class ConsentList(PricesList):
    """The requests for consent that the reader may see."""

    model = PriceConsent
    title = _("Consent to local prices")
    icon = "scale"
    filterset_class = PriceConsentFilter
    default_order = ("-asked_at",)
    tabs = (
        (_("Waiting for consent"), "status=waiting"),
        (_("Refused"), "status=refused"),
        (_("With the sales manager"), "status=escalated"),
    )
    empty_title = _("Nobody has asked for consent")
    empty_text = _("An area manager's price outside the corridor of the location waits here for the account manager's consent.")
    columns = (
        Column("subject", _("Price agreement or offer"), value=str, link=True),
        Column("customer", _("Customer"), value="plant.customer.name", second="plant.name"),
        Column("status", _("Status"), kind="status"),
        Column("selling_location", _("Selling location"), value="selling_location.name"),
        Column("asked_by", _("Asked by"), value="asked_by"),
        Column("asked_at", _("Asked"), kind="moment", sort="asked_at"),
        Column("due_at", _("Answer by"), kind="moment", sort="due_at"),
        Column("why", _("Why"), default=False),
        Column("answered_by", _("Answered by"), value="answered_by", default=False),
        Column("decided_by", _("Decided by"), value="decided_by", default=False),
    )


class ConsentPage(RecordPage):
    """A request: which prices lie how far outside the corridor, who asked why, who answered what, who decided."""

    model = PriceConsent
    template_name = "orders/consent_page.html"
    list_url = "orders:consent_list"
    buttons = (
        VerbButton("orders.give_consent", "orders:consent_give", "check", page=True, primary=True),
        VerbButton("orders.refuse_consent", "orders:consent_refuse", "x", page=True),
        VerbButton("orders.decide_consent", "orders:consent_decide", "scale", page=True, primary=True),
        VerbButton("orders.escalate_consent", "orders:consent_escalate", "arrow-up", page=True),
        VerbButton("orders.take_back_consent", "orders:consent_take_back", "undo-2", page=True),
    )

    def facts(self) -> list[Fact]:
        one = self.record
        facts = (
            Fact(_("Price agreement or offer"), one.subject, one.subject.get_absolute_url()),
            Fact(_("Plant"), one.plant.name, one.plant.get_absolute_url(), one.plant.customer.name),
            Fact(_("Selling location"), one.selling_location.name),
            Fact(_("Asked by"), one.asked_by),
            Fact(_("Asked"), one.asked_at),
            Fact(_("Why"), one.why),
            Fact(_("Answer by"), one.due_at),
            Fact(_("Answered by"), one.answered_by),
            Fact(_("Answer"), one.answer),
            Fact(_("Escalated"), one.escalated_at),
            Fact(_("Why it was escalated"), one.escalation),
            Fact(_("Decided by"), one.decided_by),
            Fact(_("Decision"), one.decision),
        )
        return [fact for fact in facts if fact.value]

    def context(self) -> dict[str, Any]:
        return super().context() | {"outside": told(self.record.outside), "currency": self.record.subject.currency}


class ConsentVerb(VerbView):
    """A verb on a request; afterwards the reader is back at what it is about."""

    model = PriceConsent

    def next_address(self, result: Any) -> str:
        return str(self.record.subject.get_absolute_url())


class ConsentGive(ConsentVerb):
    """Consent."""

    verb = "orders.give_consent"
    reason = True
    text = _("Consent holds for these prices only: whoever changes one of them asks again.")


class ConsentRefuse(ConsentVerb):
    """Refuse consent."""

    verb = "orders.refuse_consent"
    reason_required = True
    text = _("Whoever asked can take it back, or have the sales manager decide.")


class ConsentEscalate(ConsentVerb):
    """Have the sales manager decide."""

    verb = "orders.escalate_consent"
    reason_required = True
    text = _("The sales manager decides between you and the account manager.")


class ConsentDecide(ConsentVerb):
    """Decide on what was escalated."""

    verb = "orders.decide_consent"
    form_class = DecideForm
    text = _("Prices that are not allowed go back to whoever set them.")


class ConsentTakeBack(ConsentVerb):
    """Ask no longer."""

    verb = "orders.take_back_consent"
    reason = True
    text = _("It becomes a draft again and can be changed.")
