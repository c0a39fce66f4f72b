"""Waiting for the customer on an offer that is being made, and the lead time that is kept once it is sent."""

from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from kam.core import clock
from kam.core.verbs import verb
from kam.core.workflow import Denied
from orders.models import Offer, OfferPause
from orders.reports.offer_figures import lead_days, limit_of


def why_not_paused(offer: Offer) -> Denied | None:
    """Why an offer cannot begin to wait now, or None."""
    if offer.sent_at is not None or offer.status not in Offer.ALIVE:
        return Denied("sent_already", _("This offer is with the customer already: nothing is waited for before it."))
    if offer.pauses.filter(ends__isnull=True).exists():
        return Denied("paused_already", _("This offer waits for the customer already."))
    return None


@verb("orders.pause_offer", _("Waiting for the customer"))
def pause_offer(offer: Offer, *, actor: Any, reason: str = "", begins: date | None = None) -> Offer:
    """Note that the customer was asked something, and what: until the answer no lead time counts. Raises Denied."""
    denied = why_not_paused(offer)
    if denied:
        raise denied
    text = " ".join(reason.split())
    if not text:
        raise Denied("reason_needed", _("Say what the customer was asked."), field="reason", status=400)
    begins = begins or clock.today()
    before = offer.pauses.order_by("-begins").first()
    if begins > clock.today() or (before is not None and before.ends is not None and begins < before.ends):
        wrong = _("Choose a day up to today, after the last time that it waited.")
        raise Denied("begins_when", wrong, field="begins", status=400)
    OfferPause.objects.create(offer=offer, begins=begins, reason=text[:200])
    return offer


@verb("orders.resume_offer", _("The customer answered"))
def resume_offer(offer: Offer, *, actor: Any, reason: str = "", ends: date | None = None) -> Offer:
    """Note that the customer has answered; the lead time counts again. Raises Denied."""
    pause = offer.pauses.filter(ends__isnull=True).first()
    if pause is None:
        raise Denied("not_paused", _("This offer does not wait for the customer."))
    ends = ends or clock.today()
    if not pause.begins <= ends <= clock.today():
        raise Denied("ends_when", _("Choose a day from the one of the question up to today."), field="ends", status=400)
    pause.ends = ends
    pause.save()
    return offer


def keep_lead_time(offer: Offer) -> None:
    """Set how many working days an offer took that is being sent for the first time, and how many it may; a pause ends with it."""
    sent = clock.today(offer.selling_location.time_zone)
    for pause in offer.pauses.filter(ends__isnull=True):
        pause.ends = max(sent, pause.begins)
        pause.save()
    if offer.revision or offer.enquiry_complete_on is None or offer.enquiry_complete_on > sent:
        return
    pauses = [(pause.begins, pause.ends) for pause in offer.pauses.all() if pause.ends is not None]
    offer.lead_days = lead_days(offer.enquiry_complete_on, sent, pauses, offer.selling_location.calendar)
    offer.lead_limit = limit_of(offer)
