"""Support: search and read people, grants and the matrix; a second way to change them does not exist."""

from accounts.models import (
    Assignment,
    Customer,
    CustomerGroup,
    Delegation,
    Department,
    HandOver,
    Location,
    Market,
    PaymentTerm,
    Plant,
    RoleGrant,
    User,
)
from kam.core.support import ReadOnly, support


class UserSupport(ReadOnly):
    """People, without their password."""

    list_display = ("email", "first_name", "last_name", "is_active", "last_login")
    search_fields = ("email", "first_name", "last_name")


class RoleGrantSupport(ReadOnly):
    """Who may do what."""

    list_display = ("user", "role", "location", "period")
    search_fields = ("user__email", "user__last_name")


class DelegationSupport(ReadOnly):
    """Who acts for whom."""

    list_display = ("principal", "substitute", "period")
    search_fields = ("principal__email", "substitute__email")


class AssignmentSupport(ReadOnly):
    """Who leads and serves what."""

    list_display = ("kind", "user", "group", "customer", "plant", "location", "period")
    search_fields = ("user__email", "group__name", "customer__name", "plant__name")


class CodedSupport(ReadOnly):
    """Rows with a code and a name."""

    list_display = ("code", "__str__")
    search_fields = ("code",)


class PlainSupport(ReadOnly):
    """Rows that are few."""


support.register(User, UserSupport)
support.register(RoleGrant, RoleGrantSupport)
support.register(Delegation, DelegationSupport)
support.register(Assignment, AssignmentSupport)
support.register([Customer, CustomerGroup, Plant, Location, Market, PaymentTerm], CodedSupport)
support.register([Department, HandOver], PlainSupport)
