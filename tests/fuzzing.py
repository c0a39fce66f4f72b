"""What the API fuzz stands on: a seeded database, real keys, and a likely body for every operation of the schema."""

import random
from dataclasses import dataclass, field
from datetime import timedelta
from importlib import import_module
from pkgutil import iter_modules
from types import SimpleNamespace
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from factory.django import DjangoModelFactory
from rest_framework import serializers

from accounts.models import User
from accounts.models.locations import Role
from kam.api import router
from kam.core import notifications, work
from kam.core.api import PeriodField
from kam.core.jobs import Job
from kam.core.money import ExchangeRate
from kam.core.rest.fields import SensibleDateField, SensibleDateTimeField
from kam.core.tokens import issue_token
from kam.core.work_items import define_work
from tests import factories, matrix
from tests.factories.accounts import RoleGrantFactory, UserFactory
from tests.fuzz_reviews import HINTS, Subjects
from tests.fuzz_subjects import number

ROLES = ("administrator", "account_manager", "area_manager_de")
#: Somebody who holds every role: what none of the three may do is tried as them.
EVERYTHING = "everything"
ROWS_OF_EACH_KIND = 3
FUZZED = define_work("fuzzed", _("Look at %(record)s"))
#: What carries the rights of the people who ask: an unsafe method never gets one of their own.
CARRIES_RIGHTS = {"user", "rolegrant", "assignment", "delegation"}


@dataclass
class World:
    """The seeded database: who asks, with which token."""

    people: dict[str, User] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    chance: random.Random = field(default_factory=lambda: random.Random(2))
    subjects: Subjects | None = None

    def person(self, role: str) -> User:
        """The person as the database knows them now."""
        return User.objects.get(pk=self.people[role].pk)


def seed() -> World:
    """The matrix of the permission tests, and rows of every kind that has an endpoint and a factory."""
    built = matrix.build()
    world = World(subjects=Subjects(built))
    for role in ROLES:
        world.people[role] = built.users[role]
        world.tokens[role] = issue_token(built.users[role], name="fuzz")
    world.people[EVERYTHING] = _person_of_every_role(built)
    world.tokens[EVERYTHING] = issue_token(world.people[EVERYTHING], name="fuzz")
    known = _factories()
    for _prefix, viewset, _basename in router.registry:
        model = viewset.queryset.model
        while model in known and model._default_manager.count() < ROWS_OF_EACH_KIND:
            known[model]()
    _seed_floor(world, built)
    return world


def _person_of_every_role(built: matrix.Matrix) -> User:
    person = UserFactory(email="everything@kam.example")
    for role in Role.values:
        for location in [None] if role != Role.AREA_MANAGER else [built.italy, built.germany, built.usa]:
            RoleGrantFactory(user=person, role=role, location=location)
    return person


def _seed_floor(world: World, built: matrix.Matrix) -> None:
    """Work, notifications, jobs, rates and parameters for those who ask."""
    for person in world.people.values():
        for plant in (built.acme_it_plant, built.acme_de_plant, built.acme_us_plant):
            for turn in range(4):
                work.assign_work(plant, FUZZED, to=person, actor=None, occasion=f"fuzz {turn}")
        for _turn in range(3):
            Job.objects.create(kind="core.export_list", actor=person)
        notifications.set_preference(person, sorted(notifications.KINDS)[0], notifications.Way.APP)
    for days in range(3):
        day = timezone.localdate() - timedelta(days=days)
        ExchangeRate.objects.create(from_currency="EUR", to_currency="USD", kind="spot", date=day, rate=1, source="bank")


def _factories() -> dict[type[models.Model], type[DjangoModelFactory]]:
    found = {}
    for module in iter_modules(factories.__path__):
        for made in vars(import_module(f"tests.factories.{module.name}")).values():
            if isinstance(made, type) and issubclass(made, DjangoModelFactory) and made._meta.model is not None:
                found.setdefault(made._meta.model, made)
    return found


def endpoint(path: str) -> tuple[Any, str]:
    """The viewset of an address, and what follows the record or the collection in it."""
    rest = path.removeprefix("/api/v1/")
    fitting = [(p, v) for p, v, _name in router.registry if rest.startswith(p + "/")]
    if not fitting:
        return None, ""
    prefix, viewset = max(fitting, key=lambda one: len(one[0]))
    tail = rest.removeprefix(prefix).replace("{id}", "").strip("/")
    return viewset, tail.replace("-", "_")


def keys(world: World, role: str, viewset: Any, method: str) -> list[int]:
    """Keys of records that this person may see; for a write none that carries the rights of those who ask."""
    person = world.person(role)
    rows = viewset.queryset.all().visible_to(person)
    name = rows.model._meta.model_name
    if method != "GET" and name in CARRIES_RIGHTS:
        ours = [one.pk for one in world.people.values()]
        rows = rows.exclude(pk__in=ours) if name == "user" else rows.exclude(**{f"{_owner(rows.model)}__in": ours})
    return list(rows.order_by("-pk").values_list("pk", flat=True)[:50])


def _owner(model: type[models.Model]) -> str:
    return next(one.name for one in model._meta.fields if one.related_model is User)


def _operation(viewset: Any, tail: str) -> Any:
    """The method of a viewset behind what follows the record or the collection in an address."""
    return getattr(viewset, tail, None) or getattr(viewset, f"{tail}_", None)


def body_class(viewset: Any, tail: str, method: str, context: dict[str, Any]) -> Any:
    """The serializer of what an operation takes in."""
    verb = _operation(viewset, tail) if tail else None
    if verb is not None and verb.kwargs.get("body_class"):
        return verb.kwargs["body_class"]
    view = viewset()
    view.action = tail or {"POST": "create", "PUT": "update", "PATCH": "partial_update", "DELETE": "destroy"}.get(method, "list")
    view.request = context["request"]
    return view.get_serializer_class()


def likely_body(world: World, role: str, viewset: Any, tail: str, method: str, key: int | None) -> dict[str, Any]:
    """A body that stands a good chance: the record's own values, those of another one made new, or plain values of each kind."""
    hint = HINTS.get((viewset.queryset.model._meta.model_name, tail or method))
    known = hint(key) if hint else {}
    if tail and not _operation(viewset, tail).kwargs.get("body_class"):
        return known
    person = world.person(role)
    context = {"request": SimpleNamespace(user=person, query_params={}, method=method, auth=None), "view": None}
    kind = body_class(viewset, tail, method, context)
    copied: dict[str, Any] = {}
    changed = None
    if not tail:
        source = viewset.queryset.model._default_manager.filter(**({"pk": key} if key else {})).order_by("pk").last()
        if source is not None:
            copied = dict(viewset.serializer_class(source, context=context).data)
            changed = source if key else None
    body = {}
    for name, part in kind(changed, context=context).fields.items():
        if part.read_only:
            continue
        if name == "reason":
            body[name] = "Because the test asks."
            continue
        value = copied.get(name, (part.required and likely_value(world, part)) or None)
        if value is None and not part.required:
            continue
        if method == "POST" and not tail and isinstance(value, str) and isinstance(part, serializers.CharField):
            value = _new_text(name, part, value)
        body[name] = value
    return body | known


def _new_text(name: str, part: Any, value: str) -> str:
    """A text that nobody has yet, where it may have to be unique."""
    if isinstance(part, serializers.EmailField):
        return f"new{next(number)}@kam.example"
    if name in {"code", "name", "number", "part_number", "level", "city"}:
        suffix = f"-{next(number)}"
        return value[: (part.max_length or 100) - len(suffix)] + suffix
    return value


def likely_value(world: World, part: Any) -> Any:
    """A plain value for a field of a kind."""
    match part:
        case serializers.ManyRelatedField():
            return [likely_value(world, part.child_relation)]
        case serializers.PrimaryKeyRelatedField():
            rows = list(part.get_queryset().order_by("pk").values_list("pk", flat=True)[:200])
            return world.chance.choice(rows) if rows else None
        case serializers.ChoiceField():
            return world.chance.choice(list(part.choices))
        case serializers.EmailField():
            return f"new{next(number)}@kam.example"
        case serializers.BooleanField():
            return True
        case serializers.IntegerField():
            return part.min_value or 1
        case serializers.DecimalField():
            return "1.00"[: 1 if not part.decimal_places else 4]
        case SensibleDateField() | serializers.DateField():
            return timezone.localdate().isoformat()
        case SensibleDateTimeField() | serializers.DateTimeField():
            return timezone.now().isoformat()
        case PeriodField():
            return {"first_day": timezone.localdate().isoformat(), "last_day": None}
        case serializers.ListField():
            return [likely_value(world, part.child)]
        case serializers.ListSerializer():
            return [likely_value(world, part.child)]
        case serializers.Serializer():
            return {n: likely_value(world, inner) for n, inner in part.fields.items() if not inner.read_only and inner.required}
        case serializers.CharField():
            return f"Text {next(number)}"[: part.max_length or 100]
    return None


def settle(world: World, role: str, viewset: Any, tail: str, case: Any) -> None:
    """Put real keys where the schema only says "integer", so that requests reach rows."""
    method = case.method.upper()
    if viewset is None:
        return
    if "id" in (case.path_parameters or {}) and world.chance.random() < 0.8:
        found = keys(world, role, viewset, method)
        if found:
            case.path_parameters["id"] = world.chance.choice(found)
    for name in ("If-Match", "Idempotency-Key", "If-None-Match"):
        if name in (case.headers or {}) and world.chance.random() < 0.7:
            del case.headers[name]
    for name in ("fields", "cursor", "updated_since", "ordering", "page"):
        if name in (case.query or {}) and world.chance.random() < 0.7:
            del case.query[name]
    if isinstance(case.body, dict):
        context = {"request": SimpleNamespace(user=world.person(role), query_params={}, method=method, auth=None), "view": None}
        for name, part in body_class(viewset, tail, method, context)(context=context).fields.items():
            if name in case.body and isinstance(part, serializers.PrimaryKeyRelatedField) and world.chance.random() < 0.8:
                case.body[name] = likely_value(world, part) if not part.read_only else case.body[name]
