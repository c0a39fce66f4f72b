"""What is done to seasonality profiles: made and changed by hand or from the actuals of some years, taken out."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from budgets.models.profiles import WEIGHTS, WHOLE, SeasonalityProfile
from budgets.reports.seasonality import named, weights_from_actuals
from kam.core.shape import change
from kam.core.verbs import verb
from kam.core.workflow import Denied

MOST_YEARS = 5


@verb("budgets.create_profile", _("New seasonality profile"))
def create_profile(
    model: type[SeasonalityProfile],
    *,
    actor: Any,
    reason: str = "",
    family: Any = None,
    customer: Any = None,
    weights: Sequence[Decimal] | None = None,
    years: int | None = None,
) -> SeasonalityProfile:
    """Make the profile of a family or a customer: twelve weights of together 100 %, or those of the last complete years."""
    if (family is None) == (customer is None):
        raise Denied("one_of_two", _("Choose a family or a customer."), field="family", status=400)
    profile = model(family=family, customer=customer)
    change(profile, _weights(profile, weights, years, actor), allowed=WEIGHTS)
    try:
        with transaction.atomic():
            profile.save(force_insert=True)
    except IntegrityError:
        raise Denied("profile_there", _("There is a profile of this already."), field="family") from None
    return profile


@verb("budgets.edit_profile", _("Edit seasonality profile"))
def edit_profile(
    profile: SeasonalityProfile,
    *,
    actor: Any,
    reason: str = "",
    weights: Sequence[Decimal] | None = None,
    years: int | None = None,
) -> SeasonalityProfile:
    """Change the weights, or take them from the last complete years. Plans that were spread by it stay as they are."""
    if change(profile, _weights(profile, weights, years, actor), allowed=WEIGHTS):
        profile.save()
    return profile


@verb("budgets.remove_profile", _("Remove seasonality profile"), leaves=True)
def remove_profile(profile: SeasonalityProfile, *, actor: Any, reason: str = "") -> None:
    """Take a profile out."""
    profile.delete()


def _weights(profile: SeasonalityProfile, weights: Sequence[Decimal] | None, years: int | None, actor: Any) -> dict[str, Decimal]:
    if years is not None:
        if not 1 <= years <= MOST_YEARS:
            raise Denied("out_of_range", _("Take from one to five years."), field="years", status=400)
        found = weights_from_actuals(actor, years, family=profile.family, customer=profile.customer)
        if found is None:
            raise Denied("nothing_sold", _("Nothing was sold in these years."), field="years", status=400)
        return named(found)
    if weights is None or len(weights) != len(WEIGHTS) or min(weights) < 0:
        raise Denied("twelve_weights", _("Give twelve weights, none below zero."), field="weights", status=400)
    if sum(weights) != WHOLE:
        raise Denied(
            "weights_not_whole",
            _("The weights add up to %(sum)s; they have to be 100.") % {"sum": f"{sum(weights, Decimal(0)):f}"},
            field="weights",
            status=400,
        )
    return named(weights)
