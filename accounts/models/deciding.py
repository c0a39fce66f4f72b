"""Who decides beyond what a person may by themselves (domain 1.8): the sales manager, and beyond their limit management. The limits are data."""

from typing import Any

from accounts.models.access import access_of
from accounts.models.locations import Role
from kam.core.approvals import OWN

#: The role that decides at each level above one's own.
DECIDES = {1: Role.SALES_MANAGER, 2: Role.MANAGEMENT}


def level_of(person: Any) -> int:
    """The highest level at which a person decides; the system itself (None) decides nothing beyond what everybody may."""
    roles = access_of(person).roles if person is not None else frozenset()
    return max((level for level, role in DECIDES.items() if role in roles), default=OWN)
