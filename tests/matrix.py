"""The small matrix that permission tests stand on: a global account in three countries, a competitor's customer, all roles."""

from dataclasses import dataclass, field

import pytest

from accounts.models import Contact, Customer, CustomerGroup, Location, Plant, User
from tests.factories.accounts import (
    AssignmentFactory,
    ContactFactory,
    CustomerFactory,
    CustomerGroupFactory,
    DepartmentFactory,
    LocationFactory,
    UserFactory,
)

ROLES_AT_ITALY = ("back_office", "technical", "quality", "production", "logistics", "finance", "service")
ROLES_EVERYWHERE = ("sales_manager", "management", "auditor", "administrator")


@dataclass
class Matrix:
    """Who and what there is; `users` by name, the rest by its name."""

    italy: Location
    germany: Location
    usa: Location
    acme: CustomerGroup
    acme_it: Customer
    acme_de: Customer
    acme_us: Customer
    beta: Customer
    acme_it_plant: Plant
    acme_de_plant: Plant
    acme_us_plant: Plant
    beta_plant: Plant
    acme_us_contact: Contact
    beta_contact: Contact
    users: dict[str, User] = field(default_factory=dict)

    def __getattr__(self, name: str) -> User:
        try:
            return self.__dict__["users"][name]
        except KeyError:
            raise AttributeError(name) from None


def build() -> Matrix:
    """ACME (a global account led by `account_manager`) in IT, DE and US, and BETA (led by `account_manager2`) in DE.

    Each plant is led by the location of its country; the Italian location also serves the German and the American
    plant of ACME. Area managers: `area_manager_de` for the German plants, `area_manager_us` for the American one.
    Departments and back office are those of Italy (`quality_it`, `finance_it`, …).
    """
    italy, germany, usa = (LocationFactory(country=country) for country in ("IT", "DE", "US"))
    acme = CustomerGroupFactory(code="G-ACME", name="ACME", is_global_account=True)
    terms = {"payment_terms": "Z030", "incoterms": "DAP", "incoterms_place": "Works", "credit_limit": 500000}
    acme_it = CustomerFactory(
        code="C-ACME-IT", name="ACME Italia S.p.A.", country="IT", city="Torino", group=acme, plant__served_by=[italy], **terms
    )
    acme_de = CustomerFactory(
        code="C-ACME-DE",
        name="ACME Deutschland GmbH",
        country="DE",
        city="Leipzig",
        group=acme,
        plant__served_by=[germany, italy],
        **terms,
    )
    acme_us = CustomerFactory(
        code="C-ACME-US",
        name="ACME Conveyors Inc.",
        country="US",
        city="Columbus",
        group=acme,
        plant__served_by=[usa, italy],
        **terms,
    )
    beta = CustomerFactory(
        code="C-BETA", name="BETA Fördertechnik GmbH", country="DE", city="Kassel", plant__served_by=[germany], **terms
    )
    users = {
        "account_manager": UserFactory(
            email="account.manager@kam.example", first_name="Elena", last_name="Marchetti", role="account_manager"
        ),
        "account_manager2": UserFactory(
            email="account.manager2@kam.example", first_name="Marco", last_name="Bini", role="account_manager"
        ),
        "area_manager_de": UserFactory(
            email="area.manager.de@kam.example",
            first_name="Katrin",
            last_name="Brandt",
            role="area_manager",
            role__location=germany,
        ),
        "area_manager_us": UserFactory(
            email="area.manager.us@kam.example", first_name="Daniel", last_name="Reyes", role="area_manager", role__location=usa
        ),
        **{role: UserFactory(email=f"{role}@kam.example", last_name=role.title(), role=role) for role in ROLES_EVERYWHERE},
        **{
            f"{role}_it": UserFactory(email=f"{role}.it@kam.example", last_name=role.title(), role=role, role__location=italy)
            for role in ROLES_AT_ITALY
        },
        "nobody": UserFactory(email="nobody@kam.example", last_name="Nobody"),
    }
    for role in ROLES_AT_ITALY:
        DepartmentFactory(location=italy, function=role)
    plants = [customer.plants.get() for customer in (acme_it, acme_de, acme_us, beta)]
    AssignmentFactory(user=users["account_manager"], group=acme)
    AssignmentFactory(user=users["account_manager2"], customer=beta)
    AssignmentFactory(user=users["area_manager_de"], plant=plants[1], location=germany)
    AssignmentFactory(user=users["area_manager_de"], plant=plants[3], location=germany)
    AssignmentFactory(user=users["area_manager_us"], plant=plants[2], location=usa)
    return Matrix(
        italy,
        germany,
        usa,
        acme,
        acme_it,
        acme_de,
        acme_us,
        beta,
        *plants,
        ContactFactory(customer=acme_us, plant=plants[2], first_name="Grace", last_name="Hopper"),
        ContactFactory(customer=beta, plant=plants[3], first_name="Konrad", last_name="Zuse"),
        users,
    )


@pytest.fixture
def matrix(db: None) -> Matrix:
    """The matrix, made anew for one test."""
    return build()
