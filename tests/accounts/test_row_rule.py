"""Not one row more and not one row less: what each person reads and writes, beside the rule said a second time (tests/row_rule.py)."""

import random
from contextlib import suppress
from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, models, transaction
from django.utils import timezone

from accounts.models import (
    FUNCTIONS,
    Activity,
    Assignment,
    Customer,
    GroupMembership,
    HandOver,
    Plant,
    PlantOwnership,
    Promise,
    Role,
    User,
)
from kam.core import clock
from kam.core.comments import Comment
from kam.core.links import Link
from kam.core.periods import period
from kam.core.work import WORK_KINDS, WorkItem
from kam.roles import ROLE_VERBS
from tests.factories import accounts, catalog
from tests.row_rule import DETAILED, MODELS, Facts, Reader
from tests.world import World

SEEDS = (1, 2, 3)


class Scatter:
    """A company by chance: what belongs together here seldom belongs together elsewhere; what the database refuses is not made."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.today = clock.today()
        self.number = 0
        self.people()
        self.customers()
        self.rows()

    def some(self, rows: Any, share: float = 1.0) -> Any:
        """One of these, or nothing."""
        return self.chance.choice(rows) if rows and self.chance.random() < share else None

    def when(self) -> Any:
        """Most often a period that holds today; else one that is over, has not begun, or ends or begins today."""
        near = [timedelta(days=self.chance.randint(1, 400)) for _end in range(2)]
        first, last = self.today - near[0], self.today + near[1]
        return self.chance.choice(
            [
                *[period(None), period(first), period(first, last), period(None, last)] * 3,
                period(None, first),
                period(last),
                period(self.today, last),
                period(first, self.today),
                period(first, self.today - timedelta(days=1)),
                period(self.today + timedelta(days=1)),
            ]
        )

    def make(self, make: Any, **values: Any) -> Any:
        """A row, unless a constraint refuses it."""
        with suppress(IntegrityError), transaction.atomic():
            return make(**values)
        return None

    def people(self) -> None:
        """Locations with some of their departments, people with roles of all kinds, substitutes."""
        self.locations = [accounts.LocationFactory(country=country) for country in ("IT", "DE", "US", "CN")]
        self.departments = [
            accounts.DepartmentFactory(location=place, function=function)
            for place in self.locations[:3]
            for function in FUNCTIONS
            if self.chance.random() < 0.7
        ]
        self.users = [accounts.UserFactory(is_active=self.chance.random() < 0.9) for _person in range(24)]
        # Who sees everything says little about the rule: few of them, and everybody else more often.
        for user in self.users:
            for _grant in range(self.chance.choice([0, 1, 1, 1, 2, 3])):
                role = self.chance.choice([*Role.values, *[Role.ACCOUNT_MANAGER, Role.AREA_MANAGER] * 5])
                everywhere = self.chance.random() < (0.9 if role == Role.ACCOUNT_MANAGER else 0.07)
                place = None if everywhere else self.some(self.locations)
                self.make(accounts.RoleGrantFactory, user=user, role=role, location=place, period=self.when())
        for _delegation in range(16):
            days = self.when()
            lower, upper = days.lower or date(2000, 1, 1), days.upper or date(2099, 12, 31)
            self.make(
                accounts.DelegationFactory,
                principal=self.some(self.users),
                substitute=self.some(self.users, 0.95),
                role=self.chance.choice(["", "", *Role.values[:4]]),
                location=self.some(self.locations, 0.3),
                period=type(days)(lower, upper, "[)"),
            )

    def customers(self) -> None:
        """Groups, companies with and without group and plants, who leads and serves them."""
        self.groups = [accounts.CustomerGroupFactory(is_global_account=self.chance.random() < 0.4) for _group in range(12)]
        self.companies = []
        for _company in range(40):
            into = self.some(self.companies, 0.1)
            status = "closed" if into else self.chance.choice(["active", "active", "prospect", "closed"])
            self.companies.append(
                accounts.CustomerFactory(
                    group=self.some(self.groups, 0.7), plant=False, membership=False, status=status, merged_into=into
                )
            )
        self.plants = []
        for company in self.companies:
            for _plant in range(self.chance.choice([0, 1, 1, 2, 3])):
                closed = {"status": "closed", "closed_on": self.today} if self.chance.random() < 0.2 else {}
                self.plants.append(accounts.PlantFactory(customer=company, ownership=False, **closed))
        for plant in self.plants:
            for _service in range(self.chance.choice([0, 1, 1, 2])):
                self.make(accounts.PlantServiceFactory, plant=plant, location=self.some(self.locations), period=self.when())
            self.make(PlantOwnership.objects.create, plant=plant, customer=plant.customer, period=self.when())
            self.make(PlantOwnership.objects.create, plant=plant, customer=self.some(self.companies), period=self.when())
        for company in self.companies:
            self.make(GroupMembership.objects.create, customer=company, group=self.some(self.groups), period=self.when())
        for number in range(60):
            kind = ("group", "customer", "plant")[number % 3]
            subject = {kind: self.some({"group": self.groups, "customer": self.companies, "plant": self.plants}[kind])}
            place = {"location": self.some(self.locations)} if kind == "plant" else {}
            self.make(accounts.AssignmentFactory, user=self.some(self.users), period=self.when(), **subject, **place)

    def rows(self) -> None:
        """What stands on companies and plants, not always on a plant of the same company: plants are sold."""
        now = timezone.now()
        for _turn in range(60):
            on: dict[str, Any] = {"customer": self.some(self.companies), "plant": self.some(self.plants, 0.5)}
            accounts.ContactFactory(**on)
            catalog.CustomerItemFactory(**on, product=self.product())
            catalog.ProgrammeFactory(customer=on["customer"])
            Promise.objects.create(what="X", **on, owner=self.some(self.users), made_on=self.today, due_on=self.today)
            on |= {"customer": None, "plant": None} if self.chance.random() < 0.2 else {}
            made = Activity.objects.create(
                kind="note", subject="X", **on, owner=self.some(self.users), starts_at=now, private=self.chance.random() < 0.3
            )
            made.participants.set(self.chance.sample(self.users, self.chance.choice([0, 0, 1, 2])))
            self.work(self.some([*self.companies, *self.plants, *self.groups, made]))
            self.about(Comment, text="X", author=self.some(self.users))
            self.about(Link, meaning="related", **self.far())
        for _cost in range(6):
            product = self.product()
            self.make(catalog.StandardCostFactory, product=product, location=self.some(self.locations))
            catalog.WorkCentreFactory(location=self.some(self.locations))
        for day in range(10):
            source, target = self.chance.sample(self.users, 2)
            HandOver.objects.create(source=source, target=target, day=self.today + timedelta(days=day))

    def product(self) -> Any:
        """A product of one of our locations."""
        return catalog.ProductFactory(producing_location=self.some(self.locations), revision=False)

    def record(self) -> Any:
        """Something that other rows stand on."""
        return self.some([*self.companies, *self.plants, *self.groups])

    def about(self, model: Any, **values: Any) -> None:
        """A row that stands on some record."""
        record = self.record()
        kind = ContentType.objects.get_for_model(record)
        self.make(model.objects.create, content_type=kind, object_id=record.pk, **values)

    def far(self) -> dict[str, Any]:
        """The other end of a link."""
        record = self.record()
        return {"other_type": ContentType.objects.get_for_model(record), "other_id": record.pk}

    def work(self, record: models.Model) -> None:
        """Something to do, or done, by a person, a role or a department."""
        self.number += 1
        one, other = self.some(self.users), self.some(self.users)
        audience = self.chance.choice(
            [f"user:{one.pk}", f"role:{self.chance.choice(Role.values)}", self.some(self.departments).audience]
        )
        done = self.chance.random() < 0.5
        WorkItem.objects.create(
            content_type=ContentType.objects.get_for_model(record),
            object_id=record.pk,
            kind=sorted(WORK_KINDS)[0],
            occasion=f"{self.number}",
            addressed_to=audience,
            audience=audience,
            assignee=self.some([one, other], 0.3),
            **({"state": "done", "done_at": timezone.now(), "done_by": other} if done else {}),
        )


def compare(users: list[User]) -> dict[str, int]:
    """Hold every answer for these people against the rule; how many rows were found by what was asked."""
    facts, found = Facts(), dict.fromkeys(("visible", "detailed", "card", "permitted"), 0)
    for key in [user.pk for user in users]:
        user = User.objects.get(pk=key)
        reader = Reader(facts, user)
        assert user.may("accounts.edit_customer") == bool(reader.roles & ROLE_VERBS["accounts.edit_customer"])
        # One verb for each set of this person's roles that carries some verb, and one that nobody carries.
        verbs = {frozenset(carrying & reader.roles): verb for verb, carrying in sorted(ROLE_VERBS.items(), reverse=True)}
        verbs[frozenset({"core.write_comment"})] = "core.write_comment"
        verbs[frozenset({"nobody"})] = "accounts.no_such_verb"
        for model in MODELS:
            rows = model._default_manager
            label = f"{model.__name__} for {[(one.role, one.location_id, one.user_id) for one in reader.grants]} of {key}"
            visible = reader.visible(model)
            assert set(rows.visible_to(user).values_list("pk", flat=True)) == visible, f"visible {label}"
            found["visible"] += len(visible)
            if model in DETAILED:
                detailed = reader.detailed(model)
                assert set(rows.detailed_to(user).values_list("pk", flat=True)) == detailed, f"detailed {label}"
                found["detailed"] += len(detailed)
                found["card"] += len(visible - detailed)
            for verb in verbs.values():
                permitted = reader.permitted(model, verb)
                assert set(rows.permitted(user, verb).values_list("pk", flat=True)) == permitted, f"{verb} {label}"
                found["permitted"] += len(permitted)
        one_by_one(user, reader)
    return found


def one_by_one(user: User, reader: Reader) -> None:
    """Asked for a single row, and through another table, the answer is the same as for all of them."""
    for model, many in ((Customer, "plants"), (Plant, "contacts")):
        visible = reader.visible(model)
        for row in reader.facts.rows[model][::3]:
            assert model.objects.visible_to(user).filter(pk=row.pk).exists() == (row.pk in visible), (model, row.pk)
        above = model._meta.get_field(many).related_model
        through = {row.pk for row in reader.facts.rows[above] if getattr(row, f"{model._meta.model_name}_id") in visible}
        inside = above._base_manager.filter(**{f"{model._meta.model_name}__in": model.objects.visible_to(user)})
        assert set(inside.values_list("pk", flat=True)) == through, (model, many)
        assert not set(model.objects.exclude(pk__in=model.objects.visible_to(user)).values_list("pk", flat=True)) & visible


@pytest.mark.django_db
@pytest.mark.parametrize("seed", SEEDS)
def test_everybody_reads_and_writes_exactly_their_rows(seed: int) -> None:
    found = compare(Scatter(seed).users)
    assert all(count > 50 for count in found.values()), found


def test_each_role_of_the_world_reads_and_writes_exactly_its_rows(world: World) -> None:
    found = compare([*world.people.values(), world.built.account_manager2])
    assert all(count > 10 for count in found.values()), found


@pytest.mark.django_db
def test_nobody_reads_what_a_stranger_or_a_leaver_asks_for() -> None:
    customer = accounts.CustomerFactory()
    left = accounts.UserFactory(role="account_manager", is_active=False)
    accounts.AssignmentFactory(user=left, customer=customer)
    for user in (AnonymousUser(), left):
        assert not Customer.objects.visible_to(user).exists() and not Plant.objects.visible_to(user).exists()
        assert not Assignment.objects.visible_to(user).exists() and not Activity.objects.visible_to(user).exists()
