"""Asking for consent to local prices when they are handed in, and what happens to a request when what it is about changes (domain 11.1)."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models import Plant, Role, User, access_of
from accounts.models.assignments import account_manager_of
from kam.core import clock
from kam.core.approvals import fingerprint
from kam.core.notifications import define_notification, notify
from kam.core.parameters import define, parameter
from kam.core.work import assign_work, define_work, withdraw_work
from kam.core.workflow import Denied
from orders.models import Offer, PriceAgreement, PriceConsent
from orders.models.consent_status import HOLDING, ConsentStatus
from orders.reports.corridor import outside

ANSWER = define_work(
    "answer_consent", _("Consent to the prices of %(record)s, or refuse"), on_record=True, owner=f"role:{Role.SALES_MANAGER}"
)
REWORK = define_work("rework_prices", _("Consent to %(record)s was refused: escalate or take it back"), on_record=True)
DECIDE = define_work(
    "decide_consent", _("Decide on the prices of %(record)s"), on_record=True, owner=f"role:{Role.SALES_MANAGER}"
)
LOCAL = define_notification("local_price_set", _("A local price was set at a plant of yours"))
DAYS = define(
    "orders.consent_days",
    default=3,
    unit="wd",
    label=_("Working days that the account manager has to consent to a local price before it escalates"),
)
#: What consent is bound to: for whom, until when, which product at which price.
HEAD = {
    Offer: ("plant_id", "selling_location_id", "currency"),
    PriceAgreement: ("plant_id", "location_id", "currency", "period", "rebate", "rebate_from", "rebate_rates"),
}
LINE = {
    Offer: ("product_id", "price", "price_unit", "step_quantities", "step_prices"),
    PriceAgreement: (
        "product_id", "family_id", "price", "discount", "scale", "price_unit", "step_quantities", "step_prices", "reduction_days",
        "reduction_rates", "unreduced",
    ),
}  # fmt: skip


def prices_of(record: Any) -> str:
    """The fingerprint of the prices of an agreement or offer; what was consented to is bound to it."""
    model = type(record)
    rows = record.lines.order_by("position")
    return fingerprint([[getattr(record, name) for name in HEAD[model]], [list(row) for row in rows.values_list(*LINE[model])]])


def location_of(record: Any) -> Any:
    """Which of our locations sells."""
    return record.selling_location if isinstance(record, Offer) else record.location


def who_consents(record: Any, actor: Any) -> User | None:
    """The account manager whose account a local price concerns; None where whoever sets it leads the account or oversees all."""
    if actor is None or record.plant is None or location_of(record) is None:
        return None
    scope = access_of(actor).scope("orders.submit_offer" if isinstance(record, Offer) else "orders.submit_agreement")
    if scope.everything or Plant.objects.within(scope.led.plants).filter(pk=record.plant_id).exists():
        return None
    return account_manager_of(record.plant.customer, clock.today())


def ask_consent(record: Any, *, actor: Any, why: str) -> bool:
    """Ask for consent to the prices of what is handed in, where they lie outside the corridor; answers whether it has to be waited for.

    Within the corridor the account manager is told. What was consented to and is the same is not asked about again. Raises Denied
    without a reason.
    """
    leader = who_consents(record, actor)
    lines = outside(record) if leader is not None else []
    if leader is None or not lines:
        record.consent = ""
        if leader is not None:
            notify(LOCAL, record, to=[leader], occasion=f"{record.version}", actor=actor)
        return False
    asked = prices_of(record)
    holding = PriceConsent.objects.of(record).filter(status__in=HOLDING, print=asked).first()
    if holding is not None:
        record.consent = holding.status
        return False
    if not why.strip():
        text = _("Outside the corridor of this location: %(products)s. Say why, and the account manager is asked for consent.")
        names = ", ".join(dict.fromkeys(one["product"] for one in lines))
        raise Denied("consent_reason", text % {"products": names}, field="reason", status=400)
    location = location_of(record)
    days = parameter(DAYS.key, [f"location:{location.pk}"])
    consent = PriceConsent.objects.create(
        name=str(record)[:240],
        plant=record.plant,
        selling_location=location,
        outside=lines,
        print=asked,
        asked_by=actor,
        asked_at=clock.now(),
        why=" ".join(why.split())[:2000],
        due_at=clock.due(clock.now(), days, clock.Unit.WORKING_DAYS, location.calendar).at,
        **{"offer" if isinstance(record, Offer) else "agreement": record},
    )
    record.consent = consent.status
    assign_work(consent, ANSWER, to=leader, actor=actor, due=consent.due_at, excluded=[actor])
    return True


def call_off_consent(record: Any, *, actor: Any, reason: str = "") -> None:
    """Close what is being asked about an agreement or offer that is taken back, sent back or withdrawn."""
    for consent in PriceConsent.objects.of(record).open().locked():
        consent.status = ConsentStatus.WITHDRAWN
        consent.save()
        withdraw_work(consent, actor=actor, reason=reason)
        record.consent = ""


def void_consent(record: Any) -> None:
    """Make void what was consented to, where the prices are others now."""
    if not record.consent:
        return
    asked = prices_of(record)
    for consent in PriceConsent.objects.of(record).filter(status__in=HOLDING).exclude(print=asked).locked():
        consent.status = ConsentStatus.VOID
        consent.save()
        record.consent = ""
        record.save()
