"""Every list, as a page and over REST: as many queries with 30 rows as with 5, and as many as the stored baseline says.

`UPDATE_QUERY_COUNTS=1` writes tests/query_counts.json anew.
"""

import json
import os
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Activity, CalendarFeed, HandOver, Promise
from budgets.models import (
    Budget,
    BudgetCell,
    BudgetLine,
    BudgetRate,
    BudgetRound,
    CorrectiveAction,
    Deviation,
    DeviationCause,
    SalesMeeting,
    Target,
)
from kam.core import access_log, clock, work
from kam.core.calendars import WorkingCalendar
from kam.core.comments import Comment
from kam.core.documents import Document, DocumentType, standard_type
from kam.core.imports import Import, ImportMapping
from kam.core.jobs import Job
from kam.core.money import ExchangeRate
from kam.core.parameters import DEFINITIONS, ParameterValue
from kam.core.periods import period
from kam.core.tokens import issue_token
from kam.core.webhooks import Webhook, WebhookDelivery
from orders.models import Concession, IndexValue, InvoiceSource, NegotiationDossier, NegotiationLine, NegotiationRound, PriceIndex
from tests.factories import (
    accounts,
    campaigns,
    catalog,
    consents,
    customer_orders,
    documents,
    findings,
    mails,
    negotiations,
    offers,
    open_items,
    orders,
    price_papers,
    prices,
    reviews,
)
from tests.factories.files import named, pdf
from tests.permission_matrix import MATRIX
from tests.world import LATER, LONG_AGO, PEOPLE, WORDS, World

STORED = Path(__file__).parent / "query_counts.json"
FEW, MANY, LETTERS = 5, 30, "asd"
#: Lists by nature as long as the installation has kinds of things, not rows.
LISTS = sorted(name for name, row in MATRIX.items() if "GET" in row.who and name.endswith(("_list", "-list")) and not row.kind)


def grow(world: World, first: int, last: int) -> None:
    """Rows `first` to `last` of every kind, for each of the readers."""
    built, acme, plant = world.built, world.own["customer"], world.own["plant"]
    about = {"content_type": ContentType.objects.get_for_model(acme), "object_id": acme.pk}
    for number in range(first, last):
        group = accounts.CustomerGroupFactory(is_global_account=True)
        accounts.AssignmentFactory(user=built.account_manager, group=group)
        customer = accounts.CustomerFactory(group=group, plant__served_by=[built.italy, built.usa])
        contact = accounts.ContactFactory(customer=customer, plant=customer.plants.get())
        location = accounts.LocationFactory(code=f"L{number}", country="IT", calendar=WorkingCalendar.objects.first())
        accounts.WorkingCalendarFactory(code=f"C{number}")
        accounts.DepartmentFactory(location=location)
        accounts.MarketFactory()
        person = accounts.UserFactory(role="quality", role__location=location)
        accounts.DelegationFactory(principal=person, substitute=built.quality_it, period=period(LATER, LATER))
        HandOver.objects.create(source=built.account_manager, target=person, day=LATER + timedelta(days=number))
        activity = Activity.objects.create(
            kind="visit", subject=f"Visit {number}", customer=customer, plant=plant, owner=person, starts_at=LONG_AGO
        )
        activity.participants.add(person, built.account_manager)
        activity.contacts.add(contact)
        Promise.objects.create(
            what="More", customer=customer, contact=contact, owner=person, made_on=date(2026, 1, 7), due_on=LATER
        )
        mails.mailed(plant=plant, contact=contact)
        InvoiceSource.objects.create(location=location, system=f"SAP-{number}", period=period(None))
        product = catalog.ProductFactory(producing_location=built.italy)
        catalog.CustomerItemFactory(customer=customer, product=product)
        catalog.ProgrammeFactory(customer=customer)
        documents.entry_of(customer, documents.required(f"paper_{number}").type.code)
        catalog.StandardCostFactory(product=product)
        catalog.ListPriceFactory(product=product)
        index = PriceIndex.objects.create(code=f"I{number}", name_en="Copper", source="LME")
        IndexValue.objects.create(index=index, day=date(2026, 1, 1), value=1)
        price_papers.price_paper(prices.agreement(prices.line(product, 1), customer=customer, location=location))
        campaigns.campaigned(location, by=None, of_customer=customer)
        sought = negotiations.negotiation(plant=plant, selling_location=built.usa, owner=person)
        sought.team.add(person)
        NegotiationLine.objects.create(negotiation=sought, position=1, product=product)
        negotiations.development_request(sought, location)
        dossier = NegotiationDossier.objects.create(negotiation=sought)
        NegotiationRound.objects.create(dossier=dossier, number=1, held_on=date(2026, 1, 1))
        Concession.objects.create(dossier=dossier, side="got", what="Volume", kind="other", figure=1, annual_value=1)
        offer = offers.offered(plant, location, offers.offer_line(product, 1, 9), subject=f"Offer {number}", currency="EUR")
        offers.keep_print(offer)
        paper = Document.objects.about(offer).get()
        offer.mails.create(recipients=["buyer@customer.example"], subject="Our offer", document=paper, written_by=person)
        offer.workbooks.create(document=paper, filled=paper, filled_at=LONG_AGO, filled_by=person, fingerprint="0")
        consents.asked_about(offer, asked_by=person)
        order = customer_orders.OrderFactory(
            plant=plant, selling_location=built.usa, producing_location=built.italy, entered_by=person, registered=True,
            number=f"SO-US-{number}", ship_to=customer.plants.get(), bill_to=customer, contact=None, offer=offer,
        )  # fmt: skip
        of_order = customer_orders.OrderLineFactory(order=order, product=product, offer_line=offer.lines.get())
        customer_orders.OrderScheduleFactory(line=of_order)
        customer_orders.OrderBlockFactory(order=order, line=of_order, set_by=person)
        reviews.plain_review(plant, built.usa, person)
        orders.SalesLineFactory(plant=plant, selling_location=built.usa, producing_location=built.italy, product=product)
        findings.price_letter(findings.wrong_price(plant, built.usa))
        open_items.open_item(plant.customer, built.usa)
        catalog.BillOfResourcesFactory(product=product, hours={catalog.WorkCentreFactory(location=built.italy): 1}, steel=2)
        one = BudgetRound.objects.create(
            first_month=date(2100 + number, 1, 1), number=1, deadline=LATER, currency="EUR", requested_by=built.sales_manager
        )
        budget = Budget.objects.create(round=one, contributor=built.account_manager, location=location)
        line = BudgetLine.objects.create(
            budget=budget, plant=plant, product=product, producing_location=built.italy, currency="EUR"
        )
        BudgetCell.objects.bulk_create([BudgetCell(line=line, month=month, revenue=1) for month in range(1, 13)])
        BudgetRate.objects.create(round=one, currency="USD", rate=Decimal("0.9"))
        Target.objects.create(
            round=one, line=line, person=built.account_manager, selling_location=location, producing_location=built.italy,
            plant=plant, product=product, family=product.family, currency="EUR",
        )  # fmt: skip
        deviation = Deviation.objects.create(
            first_month=date(2100 + number, 1, 1), kind="plant", key=plant.pk, plant=plant, location=location,
            person=built.account_manager, measure="revenue", months=1, planned=100, actual=1, worth=100, found_months=1,
            found_planned=100, found_actual=1, found_at=LONG_AGO, responsible=person,
        )  # fmt: skip
        DeviationCause.objects.create(deviation=deviation, code="price", amount=-1)
        CorrectiveAction.objects.create(
            deviation=deviation, what="Visit", owner=person, due_on=LATER, first_month=date(2100, 1, 1), expected=[1]
        )
        SalesMeeting.objects.create(held_on=date(2025, 1, 1) + timedelta(days=number), person=person, held_by=person)
        ExchangeRate.objects.create(
            from_currency="EUR",
            to_currency="USD",
            kind="spot",
            date=date(2025, 1, 1) + timedelta(days=number),
            rate="1.1",
            source="bank",
        )
        key = sorted(DEFINITIONS)[0]
        ParameterValue.objects.create(
            key=key, scope=f"location:{location.pk}", value=DEFINITIONS[key].default, period=period(None)
        )
        DocumentType.objects.create(code=f"type-{number}", name_en="Type")
        hook = Webhook.objects.create(name=f"W{number}", url="https://erp.example/", owner=person, secret="-")
        WebhookDelivery.objects.create(
            webhook=hook, record_type="accounts.market", record_id=number + 1, record_version=1, change="created"
        )
        for letter in LETTERS:
            _of_a_person(world.people[letter], number, world.own["market"], customer, about)


def _of_a_person(user: Any, number: int, market: Any, customer: Any, about: dict[str, Any]) -> None:
    work.assign_work(customer, "prepare_budget", to=user, actor=None, occasion=f"{number}", payload=WORDS)
    Job.objects.create(kind="core.export_list", actor=user)
    issue_token(user, name=f"{number}", days=9)
    CalendarFeed.objects.create(user=user, name=f"{number}", hash=f"{user.pk}-{number}")
    Comment.objects.create(**about, text=f"@[{user.pk}] {number}", author=user).mentioned.add(user)
    Document.objects.create(
        **about,
        type=standard_type(),
        title=f"{number}",
        file=named(pdf(), "a.pdf"),
        original_name="a.pdf",
        size=1,
        media_type="application/pdf",
        sha256="0" * 64,
        uploaded_by=user,
    )
    Import.objects.create(
        kind="accounts.markets", file=named(b"", "a.xlsx"), original_name="a.xlsx", sha256="0" * 64, size=1, actor=user
    )
    ImportMapping.objects.create(kind="accounts.markets", name=f"{user.pk} {number}")
    access_log.AccessLog.objects.create(user=user, kind="login")  # fmt: skip


Counts = dict[str, dict[str, int]]


def opened(world: World, name: str, letter: str) -> bool:
    """Whether a reader may open a list; what is kept between requests is read by that."""
    client = world.clients[letter] if name.startswith("api:") else world.browsers[letter]
    return bool(client.get(reverse(name)).status_code == 200)


def measure(world: World, readers: dict[str, list[str]]) -> tuple[Counts, Counts]:
    """For each list and its readers the number of queries, and how many of them ask for rights."""
    total: Counts = {}
    rights: Counts = {}
    for name, letters in readers.items():
        for letter in letters:
            with CaptureQueriesContext(connection) as found:
                assert opened(world, name, letter)
            statements = [one["sql"] for one in found.captured_queries if "SAVEPOINT" not in one["sql"]]
            total.setdefault(name, {})[PEOPLE[letter]] = len(statements)
            rights.setdefault(name, {})[PEOPLE[letter]] = sum("accounts_delegation away" in sql for sql in statements)
    return total, rights


@pytest.fixture(scope="module")
def measured(world: World) -> dict[str, Counts]:
    """The counts with few rows and with many."""
    # Rights are read anew when the day turns: a query that belongs to no list.
    with clock.moment(clock.now()):
        grow(world, 0, FEW)
        readers = {name: [letter for letter in LETTERS if opened(world, name, letter)] for name in LISTS}
        few, rights = measure(world, readers)
        grow(world, FEW, MANY)
        for letter in LETTERS:
            opened(world, LISTS[0], letter)
        many, _rights = measure(world, readers)
    if os.environ.get("UPDATE_QUERY_COUNTS"):
        STORED.write_text(json.dumps(few, indent=1, sort_keys=True) + "\n")
    return {"few": few, "many": many, "rights": rights}


@pytest.mark.parametrize("name", LISTS)
def test_a_list_asks_no_more_often_with_30_rows_than_with_5(measured, name):
    few, many = measured["few"].get(name), measured["many"].get(name)
    assert few, "nobody could open it"
    # Rows of a kind that stood on the page with few rows may stand behind it with many, and need not be fetched.
    assert many.keys() == few.keys() and all(many[who] <= few[who] for who in few), (few, many)


@pytest.mark.parametrize("name", LISTS)
def test_a_list_asks_as_often_as_ever(measured, name):
    stored = json.loads(STORED.read_text())
    assert measured["few"].get(name) == stored.get(name), "write it anew with UPDATE_QUERY_COUNTS=1 if that is meant"


@pytest.mark.parametrize("name", LISTS)
def test_rights_are_read_in_one_query(measured, name):
    assert all(count <= 1 for count in measured["rights"].get(name, {}).values()), measured["rights"].get(name)
    assert set(measured["rights"]["accounts:customer_list"].values()) == {1}


def test_no_stored_list_is_gone():
    assert set(json.loads(STORED.read_text())) <= set(LISTS)
