"""Whom a repair concerns on our side: who leads the account, who serves the plant, who repairs."""

from typing import Any

from accounts.models import Department, Role
from accounts.models.assignments import account_manager_of, area_manager_of
from complaints.models import Repair
from kam.core import clock


def people_of(repair: Repair) -> list[Any]:
    """Who leads the account and who serves the plant, each once."""
    leader = account_manager_of(repair.plant.customer, clock.today())
    server = area_manager_of(repair.plant, repair.selling_location, clock.today())
    return list({one.pk: one for one in (leader, server) if one is not None}.values())


def shop_of(repair: Repair, function: str = Role.SERVICE) -> str:
    """Who repairs: the service department of the location, or another one; who oversees all of them where it has none."""
    department = Department.objects.filter(location=repair.repair_location, function=function).order_by("pk").first()
    return department.audience if department else f"role:{Role.SALES_MANAGER}"
