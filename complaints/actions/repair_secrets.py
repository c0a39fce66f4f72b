"""The signed address of an estimate: made from what it says, so that it opens nothing else and nothing of it is stored."""

import re

from django.conf import settings

from complaints.models import RepairEstimate
from kam.core.signed import is_signed, signature

SECRET = re.compile(r"(\d{1,18})-([a-z2-7]{32})")
SALT = "complaints.estimate_link"


def link_of(estimate: RepairEstimate) -> str:
    """The address under which the customer answers: 160 bits that only we can make, over the estimate and everything that it says."""
    secret = f"{estimate.pk}-{signature(SALT, _signed(estimate))}"
    return f"{settings.PUBLIC_URL}/consent/{secret}/"


def _signed(estimate: RepairEstimate) -> str:
    return f"{estimate.pk}:{estimate.fingerprint}"


def estimate_of(secret: str) -> RepairEstimate | None:
    """The estimate of a link, if it is one that we gave out and that still shows what it showed."""
    found = SECRET.fullmatch(secret)
    if found is None:
        return None
    estimate = RepairEstimate.objects.for_list().filter(pk=found[1]).exclude(fingerprint="").first()
    return estimate if estimate is not None and is_signed(SALT, _signed(estimate), found[2]) else None
