"""Finance's part in the approval of an offer: long payment terms, and terms beyond our standard ones, are agreed to first (domain 1.8)."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models import Department, Role
from kam.core import clock
from kam.core.parameters import define, parameter
from kam.core.work import assign_work, close_work, define_work, hands_of
from kam.core.workflow import Denied
from orders.models import Offer

AGREE = define_work(
    "agree_offer_terms", _("Agree to the terms of %(record)s"), on_record=True, owner=f"role:{Role.SALES_MANAGER}"
)
DAYS = define(
    "orders.finance_days",
    default=2,
    unit="wd",
    label=_("Working days that finance has to agree to the terms of an offer, or to refuse"),
)


def ask_finance(offer: Offer, *, actor: Any) -> None:
    """Ask finance of the location that sells, or whoever holds the role where it has no such department; never the author."""
    location, author = offer.selling_location, offer.submitted_by
    department = Department.objects.filter(location=location, function=Role.FINANCE).first()
    days = parameter(DAYS.key, [f"location:{location.pk}"])
    assign_work(
        offer,
        AGREE,
        to=department.audience if department else f"role:{Role.FINANCE}",
        actor=actor,
        occasion=f"{offer.version}",
        due=clock.due(clock.now(), days, clock.Unit.WORKING_DAYS, location.calendar).at,
        excluded=[author] if author else [],
    )


def note_agreement(offer: Offer, *, actor: Any) -> None:
    """Note that finance agrees to the terms of an offer as they stand now. Raises Denied for whoever handed it in."""
    Offer.workflow.move(offer, "orders.agree_terms")
    if offer.submitted_by_id in hands_of(actor).people:
        raise Denied(
            "own_offer", _("Whoever handed it in does not agree to its terms. Another person of finance does."), status=403
        )
    offer.finance_by, offer.finance_at = actor, clock.now()
    offer.save()
    close_work(offer, AGREE, actor=actor)
