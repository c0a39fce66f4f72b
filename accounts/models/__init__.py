"""What is true of people, locations, customers, plants and the matrix between them; a module a noun, re-exported here.

Imports run one way: people, locations, grants, reach, access (the row rule), then customers, plants, contacts, assignments.
"""

from accounts.models.access import Access, access_of
from accounts.models.activities import Activity, CalendarFeed, Promise
from accounts.models.assignments import Assignment, account_manager_of, area_manager_of
from accounts.models.audiences import (
    audience_label,
    audience_members,
    audiences_of,
    escalation_audience,
    manager_audience,
    people_of_each,
    people_to_act,
    substitute_of,
    working_calendar,
)
from accounts.models.contacts import Contact
from accounts.models.customers import Customer, CustomerGroup, GroupMembership
from accounts.models.grants import Delegation, RoleGrant
from accounts.models.handovers import HandOver
from accounts.models.locations import FUNCTIONS, Department, Location, Role, location_scopes
from accounts.models.markets import Market
from accounts.models.payment_terms import PaymentTerm
from accounts.models.people import User
from accounts.models.plants import Plant, PlantOwnership, PlantService, leading_location
from accounts.models.reach import Scope
from accounts.models.received_mails import ReceivedMail
from accounts.models.substitutes import acting_for, away, excluded

__all__ = [
    "FUNCTIONS",
    "Access",
    "Activity",
    "Assignment",
    "CalendarFeed",
    "Contact",
    "Customer",
    "CustomerGroup",
    "Delegation",
    "Department",
    "GroupMembership",
    "HandOver",
    "Location",
    "Market",
    "PaymentTerm",
    "Plant",
    "PlantOwnership",
    "PlantService",
    "Promise",
    "ReceivedMail",
    "Role",
    "RoleGrant",
    "Scope",
    "User",
    "access_of",
    "account_manager_of",
    "acting_for",
    "area_manager_of",
    "audience_label",
    "audience_members",
    "audiences_of",
    "away",
    "escalation_audience",
    "excluded",
    "leading_location",
    "location_scopes",
    "manager_audience",
    "people_of_each",
    "people_to_act",
    "substitute_of",
    "working_calendar",
]
