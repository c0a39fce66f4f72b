"""The world of the permission matrix: one person of each role, and of every kind of row one that is theirs and one that is not."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.test import Client, override_settings
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.actions.calendar_feed import issue_feed
from accounts.models import Activity, Assignment, HandOver, PaymentTerm, Promise, RoleGrant, User
from budgets.models import (
    AccountCost,
    AccountExpense,
    Budget,
    BudgetCell,
    BudgetLine,
    BudgetRound,
    BudgetShare,
    CorrectiveAction,
    Deviation,
    DeviationCause,
    IssuedPaper,
    QuantityPlan,
    RevisionProposal,
    SalesMeeting,
    SeasonalityProfile,
    Target,
    TopDownTarget,
)
from kam.api import router
from kam.core import notifications, tokens, work
from kam.core.access_log import AccessLog
from kam.core.comments import Comment
from kam.core.documents import Document, standard_type
from kam.core.imports import Import, ImportMapping
from kam.core.jobs import Job
from kam.core.links import Link, link_records
from kam.core.money import ExchangeRate
from kam.core.parameters import DEFINITIONS, ParameterValue
from kam.core.periods import period
from kam.core.printing import PrintForm
from kam.core.saved_views import SavedView
from kam.core.tokens import ApiToken, issue_token
from kam.core.webhooks import Webhook, WebhookDelivery
from orders.models import IndexValue, NegotiationDossier, PriceAgreement, PriceIndex, SalesTotal
from tests import matrix
from tests.factories.accounts import (
    AssignmentFactory,
    ContactFactory,
    CustomerFactory,
    CustomerGroupFactory,
    DelegationFactory,
    LocationFactory,
    MarketFactory,
    PlantFactory,
    UserFactory,
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
from tests.factories.negotiations import development_request, negotiation
from tests.factories.offers import offer_line, offered, priced_product
from tests.factories.orders import SalesLineFactory
from tests.factories.prices import agreement
from tests.factories.prices import line as price_line

#: A letter for each person: account manager, area manager (of the American location), sales manager, back office,
#: technical, quality, production, logistics, finance, service (all of Italy), management, auditor, administrator, no role;
#: g is the area manager of the German location, who sees the American plant of the global account as a card only.
PEOPLE = {
    "a": "account_manager",
    "r": "area_manager_us",
    "s": "sales_manager",
    "b": "back_office_it",
    "t": "technical_it",
    "q": "quality_it",
    "p": "production_it",
    "l": "logistics_it",
    "f": "finance_it",
    "e": "service_it",
    "m": "management",
    "u": "auditor",
    "d": "administrator",
    "n": "nobody",
    "g": "area_manager_de",
}
EVERYWHERE = "smud"
WORDS = {"asker": "Ada", "asked": "Omega"}
LONG_AGO, LATER = datetime(2026, 1, 7, 9, tzinfo=UTC), date(2099, 1, 1)


assert router.registry  # the kinds of work and of notifications are known once the endpoints are


@dataclass
class World:
    """Who there is, and their rows: `own[kind]` is one row for all, or one for each letter; `foreign` nobody's but EVERYWHERE's."""

    built: matrix.Matrix
    people: dict[str, User]
    own: dict[str, Any] = field(default_factory=dict)
    foreign: dict[str, Any] = field(default_factory=dict)
    others: dict[str, Any] = field(default_factory=dict)
    browsers: dict[str, Client] = field(default_factory=dict)
    clients: dict[str, APIClient] = field(default_factory=dict)

    def row(self, kind: str, which: str, letter: str) -> Any:
        """The row of a kind that is this person's own, foreign to them, or visible but another's; None where there is none."""
        found = {"own": self.own, "card": self.own, "foreign": self.foreign, "other": self.others}[which].get(kind)
        return found.get(letter) if isinstance(found, dict) else found


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
    _of_the_ledger(world)
    _of_the_prices(world)
    _of_the_negotiations(world)
    _of_the_offers(world)
    _of_the_plans(world)
    _of_each_person(world)
    for letter, user in people.items():
        world.browsers[letter], world.clients[letter] = browser(user), api_client(user)
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
        "document_type": standard_type(),
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


def _of_the_ledger(world: World) -> None:
    """A sale to ACME in America by the American location, and one to GAMMA that nobody but its account manager sees."""
    built, product = world.built, world.own["product"]
    american = SalesLineFactory(
        plant=built.acme_us_plant, selling_location=built.usa, producing_location=built.italy, product=product,
        account_manager=built.account_manager,
    )  # fmt: skip
    chinese = SalesLineFactory(plant=world.foreign["plant"], selling_location=LocationFactory(country="CN"), product=product)
    readers = "arsmu"
    for kind, own, foreign in (
        ("sales_line", american, chinese),
        ("sales_document", american.document, chinese.document),
        ("sales_total", *(SalesTotal.objects.get(plant=line.plant) for line in (american, chinese))),
    ):
        world.own[kind] = dict.fromkeys(readers, own)
        world.foreign[kind] = {letter: own if letter not in readers else foreign for letter in PEOPLE if letter not in "smu"}


def _of_the_prices(world: World) -> None:
    """A draft and an agreement with ACME in America, and one of each with GAMMA."""
    index = PriceIndex.objects.create(code="LME-CU", name_en="Copper", currency="EUR", source="LME")
    world.own["price_index"] = index
    world.own["index_value"] = IndexValue.objects.create(index=index, day=date(2026, 1, 1), value=9)
    readers = "arsbfmu"
    for kind, status in (("price_agreement", "draft"), ("agreed_price", "active")):
        price = price_line(ProductFactory(), 10)
        own, foreign = (agreement(price, customer=one["customer"], status=status) for one in (world.own, world.foreign))
        PriceAgreement.objects.filter(pk=own.pk, status="draft").update(submitted_by=world.built.account_manager)
        world.own[kind] = dict.fromkeys(readers, own)
        world.foreign[kind] = {letter: own if letter not in readers else foreign for letter in PEOPLE if letter not in "smu"}


def _of_the_negotiations(world: World) -> None:
    """The account manager's with ACME in America, and the second one's with GAMMA; what is asked of R&D; the dossiers, confidential."""
    own = negotiation(plant=world.built.acme_us_plant, selling_location=world.built.usa, owner=world.built.account_manager)
    foreign = negotiation(plant=world.foreign["plant"], owner=world.built.account_manager2)
    asked = [development_request(own, world.built.italy), development_request(foreign, world.built.germany)]
    dossiers = [NegotiationDossier.objects.create(negotiation=one) for one in (own, foreign)]
    for kind, readers, (mine, theirs), everywhere in (
        ("negotiation", "arsmu", (own, foreign), "smu"),
        ("development_request", "arsbtmu", asked, "smu"),
        ("dossier", "asm", dossiers, "sm"),
    ):
        world.own[kind] = dict.fromkeys(readers, mine)
        world.foreign[kind] = {one: theirs if one in readers else mine for one in PEOPLE if one not in everywhere}


def _of_the_offers(world: World) -> None:
    """Offers to ACME in America by the American location, as far along as a verb needs them, and the same to GAMMA."""
    built, product, china = world.built, priced_product(), LocationFactory(country="CN")
    people = {"by": built.account_manager, "approver": built.sales_manager}
    for kind, status in (
        ("offer", "draft"), ("offer_handed_in", "in_approval"), ("approved_offer", "approved"), ("sent_offer", "sent"),
    ):  # fmt: skip
        line = offer_line(product, 100, "22")
        own = offered(built.acme_us_plant, built.usa, line, status=status, currency="EUR", **people)
        foreign = offered(world.foreign["plant"], china, line, status=status, currency="EUR", approver=built.sales_manager)
        world.own[kind] = dict.fromkeys("arsmu", own)
        world.foreign[kind] = {letter: own if letter not in "arsmu" else foreign for letter in PEOPLE if letter not in "smu"}


def _of_the_plans(world: World) -> None:
    """The account manager's budget in America, open, and the second account manager's that only who oversees all sees; targets of the year before."""
    built, product = world.built, world.own["product"]
    head = {"number": 1, "opened_at": LONG_AGO, "deadline": LATER, "currency": "EUR", "requested_by": built.sales_manager}
    done = {"approved_at": LONG_AGO, "approved_by": built.sales_manager, "published_at": LONG_AGO}
    running = BudgetRound.objects.create(first_month=LATER, status="open", **head)
    published = BudgetRound.objects.create(first_month=date(2098, 1, 1), status="published", **head, **done)
    reviewed = BudgetRound.objects.create(first_month=date(2095, 1, 1), status="open", **head)
    china = world.foreign["sales_line"]["a"].selling_location
    outsider = UserFactory()
    sides: list[dict[str, Any]] = []
    for contributor, location, plant in (
        (built.account_manager, built.usa, built.acme_us_plant),
        (built.account_manager2, china, world.foreign["plant"]),
    ):
        lines = []
        for one in (running, published, reviewed):
            submitted = {"status": "submitted", "submitted_at": LONG_AGO} if one == reviewed else {}
            budget = Budget.objects.create(round=one, contributor=contributor, location=location, **submitted)
            lines.append(
                BudgetLine.objects.create(
                    budget=budget, plant=plant, product=product, producing_location=built.italy, currency="EUR", revenue=120
                )
            )
        BudgetCell.objects.bulk_create(
            [BudgetCell(line=line, month=month, revenue=10) for line in lines for month in range(1, 13)]
        )
        target = Target.objects.create(
            round=published, line=lines[1], person=contributor, selling_location=location, producing_location=built.italy,
            plant=plant, customer=plant.customer, product=product, family=product.family, currency="EUR", revenue_01=120,
        )  # fmt: skip
        sides.append(
            {
                "budget": lines[0].budget,
                "lettered_budget": lines[1].budget,
                "budget_line": lines[0],
                "submitted_line": lines[2],
                "target": target,
                "account_cost": AccountCost.objects.create(budget=lines[0].budget, kind="travel", amount=120),
                "account_expense": AccountExpense.objects.create(
                    source="FI",
                    document=str(location.pk),
                    date=date(2026, 1, 7),
                    kind="travel",
                    location=location,
                    person=contributor,
                    customer=plant.customer,
                    amount=120,
                    currency="EUR",
                    base_amount=120,
                ),
                "issued_paper": IssuedPaper.objects.create(
                    kind="budget_book",
                    title="Budget book",
                    round=running,
                    budget=lines[0].budget,
                    issued_at=LONG_AGO,
                    issued_by=built.sales_manager,
                ),
                "budget_share": BudgetShare.objects.create(budget=lines[0].budget, user=outsider),
            }
            | _departing(built, contributor, location, plant)
        )
    tallied = BudgetRound.objects.create(first_month=date(2097, 1, 1), status="open", top_down=120, **head)
    Budget.objects.create(
        round=tallied, contributor=built.account_manager, location=built.usa, status="approved", revenue=120,
        submitted_at=LONG_AGO, approved_at=LONG_AGO, approved_by=built.sales_manager,
    )  # fmt: skip
    profile = SeasonalityProfile.objects.create(family=product.family, month_01=100)
    proposal = {"first_month": published.first_month, "why": "Lost", "effect": "Less"}
    shared = BudgetRound.objects.create(first_month=date(2096, 1, 1), status="shared", **head)
    asked = BudgetLine.objects.create(
        budget=Budget.objects.create(
            round=shared, contributor=built.account_manager2, location=china, status="approved", submitted_at=LONG_AGO,
            approved_at=LONG_AGO, approved_by=built.sales_manager,
        ),
        plant=world.foreign["plant"], product=product, producing_location=built.italy, currency="EUR", quantity=10, revenue=10,
    )  # fmt: skip
    BudgetCell.objects.create(line=asked, month=1, quantity=10, price=1, revenue=10)
    plans = [QuantityPlan.objects.create(round=shared, location=location) for location in (built.italy, built.germany)]
    world.own["quantity_plan"] = dict.fromkeys("psfmu", plans[0])
    world.foreign["quantity_plan"] = {letter: plans[letter in "pf"] for letter in PEOPLE if letter not in "smug"}
    aim = TopDownTarget.objects.create(round=running, of="new_products", amount=5)
    own_proposal, other = (
        RevisionProposal.objects.create(proposed_by=person, **proposal)
        for person in (built.account_manager, built.account_manager2)
    )
    world.own["revision_proposal"] = dict.fromkeys("asmu", own_proposal)
    world.foreign["revision_proposal"] = {letter: other for letter in PEOPLE if letter not in "smu"}
    for kind, one in (("budget_round", running), ("tallied_round", tallied), ("seasonality_profile", profile), ("top_down", aim)):
        world.own[kind] = dict.fromkeys("argsfmu", one)
        world.foreign[kind] = {letter: one for letter in PEOPLE if letter not in "argsfmu"}
    for kind in sides[0]:
        readers = "asmu" if kind == "sales_meeting" else "arsmu"
        world.own[kind] = dict.fromkeys(readers, sides[0][kind])
        world.foreign[kind] = {letter: sides[letter in readers][kind] for letter in PEOPLE if letter not in "smu"}


def _departing(built: matrix.Matrix, person: User, location: Any, plant: Any) -> dict[str, Any]:
    """A deviation of last year at a plant, explained and acted upon, one whose action is still open, and a meeting about the person."""
    made = []
    for number, settled in ((1, {"status": "done", "done_on": date(2026, 1, 7)}), (2, {})):
        deviation = Deviation.objects.create(
            first_month=date(2025, 1, 1), kind="plant", key=plant.pk, plant=plant, location=location, person=person, measure="quantity",
            unit=f"u{number}", months=12, planned=120, actual=20, worth=120, found_months=12, found_planned=120, found_actual=20,
            found_at=LONG_AGO, responsible=person,
        )  # fmt: skip
        DeviationCause.objects.create(deviation=deviation, code="price", amount=-100)
        action = CorrectiveAction.objects.create(
            deviation=deviation, what="Visit", owner=person, due_on=LATER, first_month=date(2025, 2, 1), expected=[10], **settled
        )
        made += [deviation, action]
    meeting = SalesMeeting.objects.create(held_on=date(2026, 1, 7), person=person, held_by=built.sales_manager)
    return {
        "deviation": made[0], "planned_deviation": made[2], "corrective_action": made[3], "sales_meeting": meeting,
    }  # fmt: skip


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


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any, data_folder: Any) -> Iterator[World]:
    """The world, made once for the tests of one module and forgotten afterwards; a test leaves it as it found it."""
    patch = pytest.MonkeyPatch()
    patch.setattr(tokens, "USE_NOTED_EVERY", timedelta(days=1))
    with django_db_blocker.unblock(), override_settings(API_REQUESTS_A_MINUTE=0), transaction.atomic():
        yield build_world()
        transaction.set_rollback(True)
    patch.undo()
