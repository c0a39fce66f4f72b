"""What the API fuzz knows beyond the schema: a record that is fit for each verb, and the values that a client of sense would send."""

import itertools
import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from django.db import models
from django.utils import timezone

from accounts.models import Activity, Assignment, Customer, Department, HandOver, Location, Market, Plant, Promise, User
from accounts.models.locations import FUNCTIONS
from budgets.models import Budget, BudgetCell, BudgetLine, BudgetRound, Target
from catalog.models import Product, WorkCentre
from kam.core import work
from kam.core.comments import Comment
from kam.core.devices import PushDevice
from kam.core.documents import Document, standard_type
from kam.core.imports import Import, ImportMapping
from kam.core.jobs import Job
from kam.core.links import Link, link_records
from kam.core.parameters import DEFINITIONS
from kam.core.periods import period
from kam.core.push import public_key
from kam.core.saved_views import SavedView
from kam.core.webhooks import Webhook, WebhookDelivery
from tests.factories.accounts import (
    AssignmentFactory,
    ContactFactory,
    CustomerFactory,
    DelegationFactory,
    PlantFactory,
    RoleGrantFactory,
    UserFactory,
)
from tests.factories.catalog import (
    BillOfResourcesFactory,
    CustomerItemFactory,
    ListPriceFactory,
    ProductFactory,
    ProductRevisionFactory,
    ProgrammeFactory,
    WorkCentreFactory,
)
from tests.factories.files import image, named, pdf
from tests.factories.workbooks import rfq
from tests.fuzz_deviations import DEVIATING, departing, met
from tests.matrix import Matrix

Values = dict[str, Any]
number = itertools.count(1)
#: What a browser says beside its address.
KEYS = {"public_key": public_key(), "secret": "A" * 22}


def word() -> str:
    """A name that looks like no other."""
    chance = random.Random(next(number))
    return "".join(chance.choice("abcdefghijklmnopqrstuvwxyz") for _letter in range(12)).capitalize()


def day(after: int) -> Any:
    """A day so many days from today."""
    return timezone.localdate() + timedelta(days=after)


def later() -> Any:
    """A day in the future that no other row took."""
    return day(400 + 3 * next(number))


def open_round(**values: Any) -> BudgetRound:
    """A round of a year that no other one plans, in preparation unless told otherwise."""
    asked_by = User.objects.get(email="sales_manager@kam.example")
    taken = set(BudgetRound.objects.values_list("first_month", flat=True))
    if "approved_at" in values:
        values |= {"approved_by": asked_by}
    return BudgetRound.objects.create(
        first_month=next(first for first in YEARS if first not in taken),
        number=next(number),
        deadline=later(),
        currency="EUR",
        requested_by=asked_by,
        **{"status": "open", "top_down": 0} | values,
    )


class Subjects:
    """Records made for one write each: visible to the administrator, the account manager and the German area manager.

    A method is named after the model; `verb` is the verb, or the method of a plain change.
    """

    def __init__(self, built: Matrix) -> None:
        self.built = built

    def of(self, model: type[models.Model], verb: str, person: User) -> Any:
        """A record of a model on which this person may well do the verb, or None where any will do."""
        make = getattr(self, model._meta.model_name or "", None)
        return make(verb, person) if make else None

    def about(self) -> Values:
        """The German plant of the global account, as what something stands on."""
        plant = self.built.acme_de_plant
        return {"content_type": ContentType.objects.get_for_model(plant), "object_id": plant.pk}

    # accounts

    def user(self, verb: str, person: User) -> User:
        """A person without any right; nobody who asks loses theirs."""
        return UserFactory(is_active=verb != "reactivate")

    def rolegrant(self, verb: str, person: User) -> Any:
        """A role of somebody else."""
        return RoleGrantFactory(role="service", location=self.built.germany)

    def customer(self, verb: str, person: User) -> Any:
        """A company of the global account in Germany, in the status from which the verb leads on."""
        states = {
            "acquire": {"group": None},
            "activate": {"status": "prospect"},
            "unblock": {"status": "blocked", "status_reason": "Not paid"},
        }
        fit = {"name": f"{word()} {word()}", "city": word(), "code": word(), "group": self.built.acme} | states.get(verb, {})
        return CustomerFactory(country="DE", plant__served_by=[self.built.germany], **fit)

    def plant(self, verb: str, person: User) -> Any:
        """A further plant of the German company."""
        return PlantFactory(customer=self.built.acme_de, served_by=[self.built.germany])

    def contact(self, verb: str, person: User) -> Any:
        """Somebody at the German plant."""
        return ContactFactory(customer=self.built.acme_de, plant=self.built.acme_de_plant)

    def activity(self, verb: str, person: User) -> Any:
        """A visit of the person's own."""
        status = "cancelled" if verb == "reopen" else "planned"
        where = {"customer": self.built.acme_de, "plant": self.built.acme_de_plant}
        return Activity.objects.create(
            kind="visit", subject=word(), owner=person, status=status, starts_at=timezone.now() - timedelta(days=1), **where
        )

    def promise(self, verb: str, person: User) -> Any:
        """Something that the person promised."""
        where = {"customer": self.built.acme_de, "plant": self.built.acme_de_plant}
        return Promise.objects.create(what=word(), owner=person, made_on=day(-1), due_on=day(30), **where)

    def delegation(self, verb: str, person: User) -> Any:
        """An absence of the person's own, over or going on."""
        first = -3 * next(number) - 400
        days = period(day(first), day(first + 1)) if verb == "welcome_back" else period(later(), later())
        return DelegationFactory(principal=person, substitute=None, period=days)

    def assignment(self, verb: str, person: User) -> Any:
        """Somebody leads a company of their own."""
        return AssignmentFactory(customer=CustomerFactory(), user=UserFactory(role="account_manager"))

    def handover(self, verb: str, person: User) -> Any:
        """A hand-over that is planned."""
        return HandOver.objects.create(source=UserFactory(), target=UserFactory(), day=later())

    # the catalogue

    def product(self, verb: str, person: User) -> Any:
        """A product in the status from which the verb leads on."""
        states = {
            "launch": {"status": "development"},
            "discontinue": {"status": "phase_out", "last_order_date": day(-1)},
            "reactivate": {"status": "discontinued", "last_order_date": day(-1)},
        }
        return ProductFactory(**states.get(verb, {}))

    def productrevision(self, verb: str, person: User) -> Any:
        """A draft."""
        return ProductRevisionFactory(product=ProductFactory(), level="B", status="draft")

    def listprice(self, verb: str, person: User) -> Any:
        """A price of the future."""
        return ListPriceFactory(period=period(later()))

    def customeritem(self, verb: str, person: User) -> Any:
        """A part number of the German company."""
        return CustomerItemFactory(customer=self.built.acme_de)

    def programme(self, verb: str, person: User) -> Any:
        """A programme of the German company."""
        return ProgrammeFactory(customer=self.built.acme_de)

    def billofresources(self, verb: str, person: User) -> Any:
        """A bill of the future."""
        centre = WorkCentreFactory(location=self.built.italy)
        return BillOfResourcesFactory(
            product=ProductFactory(producing_location=self.built.italy), period=period(later()), hours={centre: 1}
        )

    # plans

    def budgetround(self, verb: str, person: User) -> Any:
        """A round of a year of its own, in the status from which the verb leads on."""
        made = open_round(**ROUNDS.get(verb, {}))
        if verb == "consolidate":
            signed = {"status": "approved", "approved_at": timezone.now(), "approved_by": self.built.sales_manager}
            Budget.objects.filter(pk=self.budget("approve", person, made).pk).update(**signed)
        return made

    def budget(self, verb: str, person: User, one: Any = None) -> Any:
        """A budget at the German location with a line, in a round that is open: the person's own, or somebody's to decide on."""
        deciding = verb in {"approve", "return", "challenge", "withdraw_challenge"}
        made = Budget.objects.create(
            round=one or open_round(),
            contributor=self.built.account_manager2 if deciding else person,
            location=self.built.germany,
            **({"status": "submitted", "submitted_at": timezone.now()} if deciding else {}),
        )
        line = BudgetLine.objects.create(
            budget=made,
            plant=self.built.acme_de_plant,
            product=ProductFactory(),
            producing_location=self.built.germany,
            currency="EUR",
        )
        BudgetCell.objects.bulk_create([BudgetCell(line=line, month=month, revenue=10) for month in range(1, 13)])
        return made

    def budgetline(self, verb: str, person: User) -> Any:
        """The line of such a budget."""
        return self.budget(verb, person).lines.get()

    def target(self, verb: str, person: User) -> Any:
        """A target of the person's."""
        line = self.budgetline(verb, person)
        where = {"selling_location": self.built.germany, "producing_location": self.built.germany}
        return Target.objects.create(
            round=line.budget.round, line=line, person=person, plant=line.plant, product=line.product, family=line.product.family,
            currency="EUR", **where,
        )  # fmt: skip

    def deviation(self, verb: str, person: User) -> Any:
        """A deviation of the person's at the German plant, in the status from which the verb leads on."""
        return departing(person, verb)

    def correctiveaction(self, verb: str, person: User) -> Any:
        """An open action of such a deviation."""
        return departing(person, "plan").actions.get()

    def salesmeeting(self, verb: str, person: User) -> Any:
        """A meeting about the person."""
        return met(person)

    # the floor

    def workitem(self, verb: str, person: User) -> Any:
        """Something for the person to do on the German plant."""
        return work.assign_work(self.built.acme_de_plant, "fuzzed", to=person, actor=None, occasion=f"fuzz {next(number)}")

    def job(self, verb: str, person: User) -> Any:
        """Work of the person's that has ended with a file; for a verb, work that waits."""
        kind = "core.export_list"
        if verb not in {"GET", "file"}:
            return Job.objects.create(kind=kind, actor=person)
        job = Job.objects.create(kind=kind, actor=person, state="done", ended_at=timezone.now(), file_name="result.csv")
        job.folder.mkdir(parents=True, exist_ok=True)
        (job.folder / "result.csv").write_text("a;b\n")
        return job

    def document(self, verb: str, person: User) -> Any:
        """A paper on the German plant."""
        return Document.objects.create(
            **self.about(), type=standard_type(), title=word(), file=named(pdf(), "paper.pdf"), original_name="paper.pdf", size=1,
            media_type="application/pdf", sha256="0" * 64, uploaded_by=person, preview=named(image(), "paper.png"),
            preview_type="image/png", preview_state="ready",
        )  # fmt: skip

    def comment(self, verb: str, person: User) -> Any:
        """What the person said on the German plant."""
        return Comment.objects.create(**self.about(), text=word(), author=person)

    def link(self, verb: str, person: User) -> Any:
        """The German plant has to do with its company."""
        return link_records(Link, actor=None, record=self.built.acme_de_plant, other=self.customer(verb, person))

    def webhook(self, verb: str, person: User) -> Any:
        """A webhook of the administrator's, paused for whoever takes it up again."""
        paused = {"paused_at": timezone.now()} if verb == "resume" else {}
        return Webhook.objects.create(
            name=word(), url="https://erp.example/", owner=self.built.administrator, secret="-", event_types=[EVENT], **paused
        )

    def webhookdelivery(self, verb: str, person: User) -> Any:
        """A delivery that was given up."""
        told = {"record_type": "accounts.market", "record_id": 1, "record_version": 1, "change": "created"}
        return WebhookDelivery.objects.create(webhook=self.webhook(verb, person), state="failed", **told)

    def import_(self, verb: str, person: User) -> Any:
        """A sheet of the person's that waits to be confirmed, or was carried out and can be taken back."""
        reached = {"state": "applied", "applied_at": timezone.now()} if verb == "undo" else {"state": "previewed"}
        return Import.objects.create(
            kind="accounts.markets", file=named(SHEET, "markets.csv"), original_name="markets.csv", sha256="0" * 64, size=len(SHEET),
            actor=person, counts={"create": 1}, fingerprint="0" * 64, **reached,
        )  # fmt: skip

    def pushdevice(self, verb: str, person: User) -> Any:
        """A device of this person."""
        return PushDevice.objects.create(user=person, name=word(), endpoint=f"https://push.example/{word()}", **KEYS)

    def savedview(self, verb: str, person: User) -> Any:
        """A view of the person's own."""
        return SavedView.objects.create(owner=person, page="accounts.customer", name=word())

    def importmapping(self, verb: str, person: User) -> Any:
        """A mapping of a kind that some may import."""
        rules = {"columns": {"CODE": "code"}}
        return ImportMapping.objects.create(kind="accounts.markets", name=word(), rules=rules, headers=["CODE"])


EVENT = "accounts.market.created"
NOON = datetime(2026, 1, 7, 12, tzinfo=UTC)
APPROVED = {"status": "approved", "approved_at": NOON}
#: The verb of a round → what it is before.
ROUNDS: dict[str, Values] = {
    "open": {"status": "requested"},
    "share": {"status": "consolidated"},
    "approve": {"status": "shared"},
    "publish": APPROVED,
    "close": APPROVED | {"status": "published", "published_at": NOON},
}
#: Years that a round may begin with; those that a client asks for begin in February.
YEARS = [date(year, month, 1) for month in range(3, 13) for year in range(2000, 2199)]
setattr(Subjects, "import", Subjects.import_)
SHEET = b"code;dimension;name_en\nFUZZ;sector;Fuzz\n"


def letter() -> bytes:
    """An e-mail as a file."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Grace Hopper <grace@customer.example>", "us@kam.example", word()
    mail["Message-ID"], mail["Date"] = f"<{word()}@customer.example>", "Wed, 07 Jan 2026 09:00:00 +0000"
    mail.set_content("Please call back.")
    return mail.as_bytes()


def _first(model: type[models.Model], **where: Any) -> Any:
    return model._default_manager.filter(**where).order_by("pk").first()


def on_a_plant(_key: int | None) -> Values:
    """A record that everybody who asks may see part of."""
    return {"record_type": "accounts.plant", "record_id": _first(Plant, code__gt="", customer__code="C-ACME-DE").pk}


def _of_acme(_key: int | None) -> Values:
    """The German company of the global account."""
    return {"customer": _first(Customer, code="C-ACME-DE").pk}


def _operations(_key: int | None) -> Values:
    """One work centre with its hours."""
    return {"operations": [{"work_centre": _first(WorkCentre, location__country="IT").pk, "hours_per_unit": "1.00"}]}


def _answer(key: int | None) -> Values:
    item = work.WorkItem.objects.get(pk=key)
    return {"answer": next(iter(item.definition.answers))} if item.definition.answers else {}


def _free_function(_key: int | None) -> Values:
    """A department that its location has not yet."""
    for location in Location.objects.order_by("pk"):
        for function in sorted(FUNCTIONS):
            if not Department.objects.filter(location=location, function=function).exists():
                return {"location": location.pk, "function": function}
    return {}


def _leadership(_key: int | None) -> Values:
    """A company that nobody leads, for somebody who may."""
    leader = UserFactory(role="account_manager")
    found = {"kind": "account_manager", "user": leader.pk, "customer": CustomerFactory().pk}
    return found | {"group": None, "plant": None, "location": None, "first_day": None, "last_day": None}


def _hand_over(_key: int | None) -> Values:
    """All that one account manager leads passes to another."""
    source, target = (UserFactory(role="account_manager") for _turn in range(2))
    assigned: Assignment = AssignmentFactory(customer=CustomerFactory(), user=source)
    return {"source": source.pk, "target": target.pk, "day": day(10).isoformat(), "assignments": [assigned.pk]}


def _unlisted_product(_key: int | None) -> Values:
    return {"product": ProductFactory().pk}


def _costs(_key: int | None) -> Values:
    product: Product = ProductFactory()
    parts = {"material": "1.00", "variable_conversion": "1.00", "fixed": "1.00", "currency": "EUR"}
    first = {"cost_version": word(), "first_day": later().isoformat(), "complete": False}
    return first | {"location": product.producing_location_id, "costs": [{"product": product.pk, **parts}]}


def _first_cell(key: int | None) -> Values:
    """A month of the budget's line."""
    return {"cells": [{"line": _first(BudgetLine, budget=key).pk, "month": 1, "revenue": "5.00"}]}


def _year_to_plan(_key: int | None) -> Values:
    """A year that nobody has planned."""
    return {"kind": "annual", "first_month": f"{2000 + next(number) % 199}-02-01", "deadline": later().isoformat()}


def _line_of_acme(_key: int | None) -> Values:
    """A plant of the global account and a product that is not in the budget yet."""
    plant = _first(Plant, customer__code="C-ACME-DE")
    leader = User.objects.get(email="account.manager@kam.example")
    budget = Budget.objects.create(round=open_round(), contributor=leader, location=Location.objects.get(code="DE"))
    empty = dict.fromkeys(("customer", "market", "family"), None)
    return empty | {
        "budget": budget.pk,
        "plant": plant.pk,
        "product": ProductFactory().pk,
        "currency": "EUR",
    }


def _budget_to_ask_for(_key: int | None) -> Values:
    """Somebody who prepares budgets, in a round that is open."""
    leader = User.objects.get(email="account.manager@kam.example")
    return {"round": open_round().pk, "contributor": leader.pk, "location": Location.objects.get(code="DE").pk}


#: What a client knows beyond the shape of a body: by model and verb (or method), what else it sends.
HINTS: dict[tuple[str, str], Callable[[int | None], Values]] = {
    ("assignment", "POST"): _leadership,
    ("billofresources", "PATCH"): _operations,
    ("billofresources", "POST"): lambda key: (
        _operations(key) | {"product": ProductFactory().pk, "first_day": later().isoformat()}
    ),
    ("billofresources", "PUT"): _operations,
    ("comment", "POST"): on_a_plant,
    ("contact", "POST"): lambda key: _of_acme(key) | {"plant": None, "last_name": word()},
    ("customer", "POST"): lambda _key: {"name": f"{word()} {word()}", "city": word(), "vat_id": ""},
    ("customeritem", "POST"): lambda key: _unlisted_product(key) | _of_acme(key) | {"part_number": word(), "plant": None},
    ("delegation", "POST"): lambda _key: {
        "principal": UserFactory(role="service").pk,
        "first_day": later().isoformat(),
        "last_day": later().isoformat(),
    },
    ("department", "POST"): _free_function,
    ("document", "POST"): lambda key: on_a_plant(key) | {"type": standard_type().pk},
    ("exchangerate", "POST"): lambda _key: {"date": day(-10 - next(number)).isoformat()},
    ("budget", "POST"): _budget_to_ask_for,
    ("budget", "edit_cells"): _first_cell,
    ("budget", "adjust_cells"): lambda _key: {"measure": "price", "percent": "3.00", "from_month": 4},
    ("budgetline", "POST"): _line_of_acme,
    ("budgetline", "phase"): lambda _key: {"revenue": "1200.00", "quantity": None, "weights": None},
    ("budgetround", "POST"): _year_to_plan,
    ("budgetround", "set_rate"): lambda _key: {"currency": "USD", "rate": "0.9"},
    **DEVIATING,
    ("handover", "POST"): _hand_over,
    ("import", "POST"): lambda _key: {"kind": "accounts.customers"},
    ("importmapping", "POST"): lambda _key: {
        "kind": "accounts.customers",
        "name": word(),
        "rules": {"columns": {"CODE": "code"}},
        "headers": ["CODE"],
    },
    ("job", "export"): lambda _key: {"list": "accounts.customer", "format": "csv"},
    ("pushdevice", "POST"): lambda _key: {"name": word(), "endpoint": f"https://push.example/{word()}", **KEYS},
    ("savedview", "POST"): lambda _key: {"list": "accounts.customer", "name": word(), "query": "status=active"},
    ("link", "POST"): lambda key: on_a_plant(key) | {"other_type": "accounts.market", "other_id": _first(Market).pk},
    ("listprice", "POST"): lambda key: _unlisted_product(key) | {"first_day": later().isoformat(), "last_day": None},
    ("parametervalue", "POST"): lambda _key: {
        "key": sorted(DEFINITIONS)[0],
        "value": next(iter(sorted(DEFINITIONS.items())))[1].default,
    },
    ("plant", "sell"): lambda key: {
        "to": Customer.objects.exclude(plants=key).order_by("-pk").values_list("pk", flat=True).first()
    },
    ("plant", "POST"): lambda key: _of_acme(key) | {"code": word(), "location": None},
    ("programme", "POST"): lambda key: _of_acme(key) | {"code": word()},
    ("productrevision", "POST"): lambda _key: {"level": word()[:4]},
    ("rolegrant", "POST"): lambda _key: {"user": UserFactory().pk, "first_day": None, "last_day": None},
    ("standardcost", "publish"): _costs,
    ("webhook", "POST"): lambda _key: {"name": word(), "url": "https://erp.example/kam", "event_types": [EVENT]},
    ("webhook", "PATCH"): lambda _key: {"url": "https://erp.example/kam"},
    ("webhook", "PUT"): lambda _key: {"url": "https://erp.example/kam"},
    ("workitem", "complete"): _answer,
    ("workitem", "reassign"): lambda _key: {"audience": "role:sales_manager"},
}
#: The file of an upload, which goes as multipart/form-data.
UPLOADS: dict[tuple[str, str], Callable[[], ContentFile]] = {
    ("activity", "from_mail"): lambda: named(letter(), "letter.eml"),
    ("document", "POST"): lambda: named(pdf(), "paper.pdf"),
    ("document", "revise"): lambda: named(pdf(word()), "paper.pdf"),
    ("import", "POST"): lambda: named(SHEET, "sheet.csv"),
    ("offerworkbook", "POST"): lambda: named(rfq(("1", "Gear")), "rfq.xlsx"),
}
