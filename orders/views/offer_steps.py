"""The steps of an offer's life as pages: handed in, approved, sent, mailed, paused, accepted, lost, revised, copied."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from kam.core import clock
from kam.core.views import VerbView
from orders.actions.offer_papers import letter_of
from orders.forms import AcceptForm, LoseForm, MailForm, NewOfferForm, PauseForm, ResumeForm, SendForm
from orders.models import Offer, Order


class OfferSubmit(VerbView):
    """Hand a draft in; a local price outside the corridor asks for its reason."""

    model = Offer
    verb = "orders.submit_offer"
    reason = True


class OfferApprove(VerbView):
    """Approve an offer."""

    model = Offer
    verb = "orders.approve_offer"
    reason = True
    text = _("The approval is bound to prices, quantities and terms as they stand now; whoever changes them asks for it anew.")


class OfferAgreeTerms(VerbView):
    """Agree to the terms of an offer, for finance."""

    model = Offer
    verb = "orders.agree_terms"
    reason = True
    text = _("You agree to its payment terms, and to what goes beyond our standard terms. Then it is approved by who decides.")


class OfferRefuseTerms(VerbView):
    """Send an offer back whose terms finance does not agree to."""

    model = Offer
    verb = "orders.refuse_terms"
    reason_required = True


class OfferReturn(VerbView):
    """Send an offer back."""

    model = Offer
    verb = "orders.return_offer"
    reason_required = True


class OfferPausing(VerbView):
    """Note that the customer was asked something."""

    model = Offer
    verb = "orders.pause_offer"
    form_class = PauseForm
    text = _("Until the answer the days do not count to its lead time.")


class OfferResume(VerbView):
    """Note that the customer has answered."""

    model = Offer
    verb = "orders.resume_offer"
    form_class = ResumeForm


class OfferSend(VerbView):
    """Note that an offer goes to the customer."""

    model = Offer
    verb = "orders.send_offer"
    form_class = SendForm
    text = _(
        "From now on it stays as it is, and its print is kept as it was sent. It is mailed from here, or you open a mail with it in "
        "your own mail program."
    )

    def initial(self) -> dict[str, Any]:
        return mail_initial(self.record, self.reader) | {"by_mail": "yes", "supersede": True}


class OfferSendMail(VerbView):
    """Mail an offer that is with the customer, once more or for the first time."""

    model = Offer
    verb = "orders.mail_offer"
    form_class = MailForm
    text = _("The print goes out as it was kept. Answers are filed with the offer where a mailbox for them is set up.")
    success = _("The mail is on its way.")

    def initial(self) -> dict[str, Any]:
        return mail_initial(self.record, self.reader)


def mail_initial(offer: Offer, reader: Any) -> dict[str, Any]:
    """To whom a mail with an offer usually goes, and its words in the customer's language."""
    subject, text = letter_of(offer, sender=reader)
    return {"sent_to": offer.contact.email if offer.contact else "", "subject": subject, "text": text}


class OfferNegotiate(VerbView):
    """Note that the customer negotiates."""

    model = Offer
    verb = "orders.negotiate_offer"


class OfferAccept(VerbView):
    """Note that the customer accepted: the order is drafted by it, or the price agreement."""

    model = Offer
    verb = "orders.accept_offer"
    form_class = AcceptForm
    text = _("The order is drafted with the offered lines; the back office completes and registers it. The other revisions end.")

    def initial(self) -> dict[str, Any]:
        return {"customer_date": clock.today(), "first_day": clock.today()}

    def next_address(self, result: Any) -> str:
        """The agreement or the order that was drafted, to be completed; else the offer."""
        made = result.agreements.order_by("-pk").first()
        made = made or Order.objects.visible_to(self.reader).filter(offer=result).order_by("-pk").first()
        return str(made.get_absolute_url() if made is not None else super().next_address(result))


class OfferLose(VerbView):
    """Note that an offer was lost."""

    model = Offer
    verb = "orders.lose_offer"
    form_class = LoseForm


class OfferWithdraw(VerbView):
    """Withdraw an offer."""

    model = Offer
    verb = "orders.withdraw_offer"
    reason_required = True
    dangerous = True


class OfferDiscard(VerbView):
    """Take a draft away."""

    model = Offer
    verb = "orders.discard_offer"
    dangerous = True
    text = _("The draft goes for good.")

    def next_address(self, result: Any) -> str:
        return reverse("orders:offer_list")


class OfferRevise(VerbView):
    """Draft the next revision."""

    model = Offer
    verb = "orders.revise_offer"
    form_class = NewOfferForm
    text = _("A draft with the same content is made. What was sent stays as it is until the new revision is sent.")

    def next_address(self, result: Any) -> str:
        return str(result.get_absolute_url())


class OfferCopy(OfferRevise):
    """Draft a new offer with the content of this one."""

    verb = "orders.copy_offer"
    text = _("A new draft with the same lines is made; their prices are asked for anew.")
