"""Row rules of the catalogue: what is of a location, of a customer, a cost or a price, and who reads and writes it."""

from typing import Any, Self

from django.utils.translation import gettext_lazy as _

from accounts.models import Location, Role, access_of
from kam.core.scoping import ScopedQuerySet, SharedQuerySet
from kam.core.workflow import Denied

#: Who reads list prices: those who sell, and those who account for it or oversee it; the other departments see no price (domain 11.3).
PRICE_READERS = frozenset(
    {
        Role.ACCOUNT_MANAGER,
        Role.AREA_MANAGER,
        Role.SALES_MANAGER,
        Role.BACK_OFFICE,
        Role.FINANCE,
        Role.MANAGEMENT,
        Role.AUDITOR,
    }
)


def reads_prices(user: Any) -> bool:
    """Whether this person reads list prices."""
    return bool(access_of(user).roles & PRICE_READERS)


def reads_costs(user: Any, location_id: int | None = None) -> bool:
    """Whether this person reads the costs of one of our locations; without one, of every location."""
    access = access_of(user)
    return access.reads_all_costs or (location_id is not None and location_id in access.cost_location_ids)


def reads_some_costs(user: Any) -> bool:
    """Whether there is any location whose costs this person reads."""
    access = access_of(user)
    return access.reads_all_costs or bool(access.cost_location_ids)


def require_location(user: Any, verb: str, location: Any) -> None:
    """Refuse a verb on a set of rows of one of our locations unless a role of this person carries it there; None is the system."""
    if user is None:
        return
    scope = access_of(user).scope(verb)
    if not scope.everything and (location is None or location.pk not in scope.location_ids):
        raise Denied(
            "outside_your_area",
            _("Your role does not reach this location. Ask your colleague there."),
            field="location",
            status=403,
        )


def locations_of(user: Any, verb: str) -> Any:
    """Our locations at which a role of this person carries a verb."""
    scope = access_of(user).scope(verb)
    rows = Location.objects.visible_to(user)
    return rows if scope.everything else rows.filter(pk__in=scope.location_ids)


class LocationOwnedQuerySet(SharedQuerySet):
    """Rows of one of our locations: everyone reads them, a role at that location writes them."""

    def permitted(self, user: Any, verb: str) -> Self:
        scope = access_of(user).scope(verb)
        return self if scope.everything else self.filter(location__in=scope.location_ids)


class CustomerOwnedQuerySet(ScopedQuerySet):
    """Rows of a customer: read by whoever reads that customer's commercial data, not by those who see its card only."""

    def visible_to(self, user: Any) -> Self:
        return self.within(access_of(user).details.companies, "customer")

    def permitted(self, user: Any, verb: str) -> Self:
        return self.within(access_of(user).scope(verb).companies, "customer")


class PlantOwnedQuerySet(CustomerOwnedQuerySet):
    """Rows of a customer, some of them of one of its plants; then only who sees that plant reads them."""

    def visible_to(self, user: Any) -> Self:
        return access_of(user).details.of(self)

    def permitted(self, user: Any, verb: str) -> Self:
        return access_of(user).scope(verb).of(self)
