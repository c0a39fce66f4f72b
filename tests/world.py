"""The world of the permission matrix: one person of each role, and of every kind of row one that is theirs and one that is not."""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.test import Client, override_settings
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.actions.calendar_feed import issue_feed
from accounts.models import Activity, Assignment, HandOver, PaymentTerm, Promise, RoleGrant, User
from kam.api import router
from kam.core import notifications, tokens, work
from kam.core.access_log import AccessLog
from kam.core.comments import Comment
from kam.core.devices import PushDevice
from kam.core.documents import Document, standard_type
from kam.core.imports import Import, ImportMapping
from kam.core.jobs import Job
from kam.core.links import Link, link_records
from kam.core.money import ExchangeRate
from kam.core.parameters import DEFINITIONS, ParameterValue
from kam.core.periods import period
from kam.core.printing import PrintForm
from kam.core.push import public_key
from kam.core.saved_views import SavedView
from kam.core.tokens import ApiToken, issue_token
from kam.core.webhooks import Webhook, WebhookDelivery
from kam.launch.postgres import drop_database
from tests import databases, matrix
from tests.factories.accounts import (
    AssignmentFactory,
    ContactFactory,
    CustomerFactory,
    CustomerGroupFactory,
    DelegationFactory,
    LocationFactory,
    MarketFactory,
    PlantFactory,
)
from tests.factories.catalog import (
    BillOfResourcesFactory,
    CustomerItemFactory,
    ListPriceFactory,
    ProductFactory,
    ProductRevisionFactory,
    ProgrammeFactory,
    StandardCostFactory,
    WorkCentreFactory,
)
from tests.factories.files import image, named, pdf
from tests.world_campaigns import of_the_campaigns
from tests.world_complaints import of_the_complaints
from tests.world_documents import of_the_documents
from tests.world_mails import of_the_mails
from tests.world_order_lives import of_the_order_lives
from tests.world_orders import of_the_orders
from tests.world_people import EVERYWHERE, LATER, LONG_AGO, PEOPLE, WORDS, World
from tests.world_plans import of_the_plans
from tests.world_repairs import of_the_repairs
from tests.world_reviews import of_the_reviews
from tests.world_sales import (
    of_the_consents,
    of_the_credit,
    of_the_ledger,
    of_the_negotiations,
    of_the_offers,
    of_the_open_items,
    of_the_prices,
    of_the_wrong_prices,
)

assert router.registry  # the kinds of work and of notifications are known once the endpoints are


def browser(user: User) -> Client:
    """A browser in which a person is signed in; an error is an answer, as for a reader."""
    client = Client(raise_request_exception=False)
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def api_client(user: User) -> APIClient:
    """The API with a token of a person."""
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_AUTHORIZATION=f"Token {issue_token(user, name='matrix')}")
    client.get("/api/v1/users/me/")  # the first use is noted; the next one a day later
    return client


def build_world() -> World:
    """ACME in America is everybody's own; GAMMA in China is only of who sees everything and of the second account manager."""
    built = matrix.build()
    people = {letter: built.users[name] for letter, name in PEOPLE.items()}
    for letter in "sdf":
        Authenticator.objects.create(user=people[letter], type=Authenticator.Type.TOTP, data={"secret": "-"})
    world = World(built, people)
    gamma_group = CustomerGroupFactory(code="G-GAMMA", name="GAMMA", is_global_account=True)
    gamma = CustomerFactory(code="C-GAMMA", name="GAMMA Drives Ltd.", country="CN", city="Suzhou", group=gamma_group)
    AssignmentFactory(user=built.account_manager2, group=gamma_group)
    PlantFactory(customer=built.acme_us)  # so that its first one is not its last
    _of_customers(world.own, built.acme, built.acme_us, built.acme_us_plant, built.account_manager)
    _of_customers(world.foreign, gamma_group, gamma, gamma.plants.get(), built.account_manager2)
    _of_the_organisation(world)
    _of_the_catalogue(world)
    of_the_documents(world)
    of_the_ledger(world)
    of_the_prices(world)
    of_the_wrong_prices(world)
    of_the_open_items(world)
    of_the_credit(world)
    of_the_negotiations(world)
    of_the_offers(world)
    of_the_orders(world)
    of_the_order_lives(world)
    of_the_consents(world)
    of_the_campaigns(world)
    of_the_complaints(world)
    of_the_mails(world)
    of_the_repairs(world)
    of_the_reviews(world)
    of_the_plans(world)
    _of_each_person(world)
    return world


def _of_customers(rows: dict[str, Any], group: Any, customer: Any, plant: Any, owner: User) -> None:
    """What belongs to one account."""
    rows |= {"group": group, "global_account": group, "customer": customer, "plant": plant}
    rows["contact"] = ContactFactory(
        customer=customer, plant=plant, first_name="Grace", last_name=f"of {customer.code}", email="grace@acme.example"
    )
    rows["activity"] = Activity.objects.create(
        kind="visit", subject=f"Visit {customer.code}", customer=customer, plant=plant, owner=owner, starts_at=LONG_AGO
    )
    rows["promise"] = Promise.objects.create(
        what=f"Promise {customer.code}", customer=customer, plant=plant, owner=owner, made_on=date(2026, 1, 7), due_on=LATER
    )
    rows["customer_item"] = CustomerItemFactory(customer=customer, part_number=f"PN {customer.code}")
    rows["programme"] = ProgrammeFactory(customer=customer, code=f"X {customer.code}"[:20])
    rows["assignment"] = Assignment.objects.get(group=group)
    rows["about"] = customer
    rows["link"] = link_records(Link, actor=None, record=customer, other=plant)
    rows["document"] = Document.objects.create(
        content_type=ContentType.objects.get_for_model(customer), object_id=customer.pk, type=standard_type(),
        title=f"Paper {customer.code}", file=named(pdf(), "paper.pdf"), original_name="paper.pdf", size=1, media_type="application/pdf",
        sha256="0" * 64, uploaded_by=owner, preview=named(image(), "paper.png"), preview_type="image/png", preview_state="ready",
    )  # fmt: skip


def _of_the_organisation(world: World) -> None:
    """What everybody may look up."""
    built = world.built
    world.own |= {
        "location": built.usa,
        "department": built.italy.departments.order_by("pk").first(),
        "market": MarketFactory(),
        "payment_term": PaymentTerm.objects.create(code="Z060", name_en="60 days end of month", days=[60], month_end="after"),
        "calendar": built.usa.calendar,
        "user": built.nobody,
        "role_grant": RoleGrant.objects.get(user=built.service_it),
        "rate": ExchangeRate.objects.create(
            from_currency="EUR", to_currency="USD", kind="spot", date=date(2026, 1, 7), rate=Decimal("1.1"), source="bank"
        ),
        "document_type": standard_type("drawing"),
        "print_form": PrintForm.objects.get(code="visit_sheet"),
    }
    key = sorted(DEFINITIONS)[0]
    world.own["parameter"] = ParameterValue.objects.create(
        key=key, value=DEFINITIONS[key].default, period=period(date(2020, 1, 1))
    )
    mapping = ImportMapping.objects.create(
        kind="accounts.markets", name="SAP", rules={"columns": {"CODE": "code"}}, headers=["CODE"]
    )
    world.own["import_mapping"] = dict.fromkeys("sd", mapping)
    world.foreign["import_mapping"] = {letter: mapping for letter in PEOPLE if letter not in "sd"}
    hand_over = HandOver.objects.create(source=built.account_manager, target=built.account_manager2, day=LATER)
    world.own["hand_over"] = dict.fromkeys("a" + EVERYWHERE, hand_over)
    world.foreign["hand_over"] = {letter: hand_over for letter in PEOPLE if letter not in "a" + EVERYWHERE}


def _of_the_catalogue(world: World) -> None:
    """Products, and what each location has for them."""
    built = world.built
    product = ProductFactory(producing_location=built.italy)
    world.own |= {
        "product": product,
        "family": product.family,
        "revision": ProductRevisionFactory(product=product, level="B", status="draft"),
        "work_centre": WorkCentreFactory(location=built.italy),
    }
    price = ListPriceFactory(product=product)
    world.own["price"] = dict.fromkeys("arsbfmug", price)
    world.foreign["price"] = dict.fromkeys("tqpledn", price)
    world.own["bill"] = BillOfResourcesFactory(product=product, location=built.italy, hours={world.own["work_centre"]: 1})
    china = LocationFactory(country="CN")
    centre = WorkCentreFactory(location=china)
    world.others["work_centre"] = centre
    world.others["bill"] = BillOfResourcesFactory(product=product, location=china, hours={centre: 1})
    cost, american = StandardCostFactory(product=product), StandardCostFactory(product=product, location=built.usa)
    world.own["cost"] = {**dict.fromkeys("asfmu", cost), "r": american}
    world.foreign["cost"] = {**dict.fromkeys("rtqplebdng", cost), "f": american}


def _of_each_person(world: World) -> None:
    """What belongs to one person; whose row is foreign to everybody else, administrators included."""
    second = world.built.account_manager2
    personal: dict[str, dict[str, Any]] = {}
    for letter, user in [*world.people.items(), ("", second)]:
        for kind, row in _personal(world, user).items():
            personal.setdefault(kind, {})[letter] = row
    for kind, rows in personal.items():
        foreign = rows.pop("")
        world.own[kind] = rows
        (world.others if kind == "delegation" else world.foreign)[kind] = foreign
    entry = AccessLog.objects.create(kind="token", user=second, about="own")
    world.own["access_log"] = {"d": entry}
    world.foreign["access_log"] = {letter: entry for letter in PEOPLE if letter != "d"}
    for kind in ("webhook", "webhook_delivery"):  # administrators see every one
        world.foreign[kind] = {letter: world.foreign[kind] for letter in PEOPLE if letter != "d"}
    world.own["absence"], world.foreign["absence"] = world.own["delegation"], world.others["delegation"]
    of_acme, gamma = world.foreign["comment"], world.foreign["customer"]
    of_gamma = Comment.objects.create(
        content_type=ContentType.objects.get_for_model(gamma), object_id=gamma.pk, text="Said on GAMMA", author=second
    )
    world.own["comment"] = {letter: row for letter, row in world.own["comment"].items() if letter not in "ng"}
    world.others["comment"] = dict.fromkeys(world.own["comment"], of_acme)
    world.foreign["comment"] = {letter: of_gamma for letter in PEOPLE if letter not in EVERYWHERE}


def _personal(world: World, user: User) -> dict[str, Any]:
    customer, market = world.own["customer"], world.own["market"]
    token = issue_token(user, name="own")
    issue_feed(user, name="own")
    item = work.assign_work(market, "prepare_budget", to=user, actor=None, occasion=f"matrix {user.pk}", payload=WORDS)
    job = Job.objects.create(kind="core.export_list", actor=user, state="done", ended_at=timezone.now(), file_name="result.csv")
    job.folder.mkdir(parents=True, exist_ok=True)
    (job.folder / "result.csv").write_text("a;b\n")
    hook = Webhook.objects.create(
        name=f"ERP {user.pk}", url="https://erp.example/kam", owner=user, event_types=["accounts.market.deleted"], secret="-"
    )
    return {
        "webhook": hook,
        "webhook_delivery": WebhookDelivery.objects.create(
            webhook=hook, record_type="accounts.market", record_id=1, record_version=1, change="created", state="failed"
        ),
        "token": ApiToken.objects.filter(user=user, name="own").get() if token else None,
        "feed": user.calendar_feeds.get(),
        "session": UserSession.objects.create(user=user, ip="192.0.2.7", user_agent="A browser", session_key=f"matrix{user.pk}"),
        "saved_view": SavedView.objects.create(owner=user, page="accounts.customer", name="Mine", query="status=active"),
        "work": item,
        "notification": user.notifications.order_by("pk").last(),
        "push_device": PushDevice.objects.create(
            user=user, name="Firefox, Android", endpoint=f"https://push.example/{user.pk}", public_key=public_key(), secret="A" * 22
        ),
        "preference": notifications.set_preference(user, sorted(notifications.KINDS)[0], notifications.Way.APP),
        "job": job,
        "waiting_job": Job.objects.create(kind="core.export_list", actor=user),
        "import": Import.objects.create(
            kind="accounts.markets", file=named(b"", "sheet.xlsx"), original_name="sheet.xlsx", sha256="0" * 64, size=1, actor=user,
            state="previewed", counts={"create": 1}, fingerprint="0" * 64,
        ),
        "delegation": DelegationFactory(
            principal=user, substitute=None, period=period(date.today() - timedelta(days=9), date.today() - timedelta(days=2))
        ),
        "comment": Comment.objects.create(
            content_type=ContentType.objects.get_for_model(customer), object_id=customer.pk, text=f"Mine {user.pk}", author=user
        ),
    }  # fmt: skip


@pytest.fixture(scope="session")
def kept_world(django_db_setup: None, django_db_blocker: Any, data_folder: Any) -> Iterator[tuple[str, World]]:
    """The world in a database of its own, made once in a process: its name and the rows."""
    usual = connection.settings_dict["NAME"]
    name = f"{usual}_world"
    with django_db_blocker.unblock(), override_settings(API_REQUESTS_A_MINUTE=0):
        databases.make(name, reuse=False)
        databases.suit_tests(name)
        with transaction.atomic():
            built = build_world()
            connection.run_on_commit = []  # nobody is told, nothing is printed
        databases.use(usual)
    yield name, built
    with django_db_blocker.unblock(), databases.server() as maintenance:
        drop_database(name, maintenance)


@contextmanager
def entered(kept: tuple[str, World], blocker: Any) -> Iterator[World]:
    """The world as it was made, with everybody signed in; what is done to its rows and to their copies here is forgotten afterwards."""
    usual = connection.settings_dict["NAME"]
    name, built = kept
    with pytest.MonkeyPatch.context() as patch, blocker.unblock(), override_settings(API_REQUESTS_A_MINUTE=0):
        patch.setattr(tokens, "USE_NOTED_EVERY", timedelta(days=1))
        databases.use(name)
        with transaction.atomic():
            copied = deepcopy(built)
            for letter, user in copied.people.items():
                copied.browsers[letter], copied.clients[letter] = browser(user), api_client(user)
            yield copied
            transaction.set_rollback(True)
        databases.use(usual)


@pytest.fixture(scope="module")
def world(kept_world: tuple[str, World], django_db_blocker: Any) -> Iterator[World]:
    """The world for the tests of one module; a test leaves it as it found it."""
    with entered(kept_world, django_db_blocker) as there:
        yield there
