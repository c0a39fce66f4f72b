"""The register of documents: what is required of whom, where each stands, the rates (AT-48), ends and revisions (AT-93)."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from catalog.actions import (
    change_requirement,
    check_document,
    distribute_document,
    end_requirement,
    refresh_for_order_lines,
    refresh_register,
    remind_of_document,
    request_document,
    require_again,
    require_document,
    waive_document,
    warn_of_documents,
)
from catalog.actions.document_sweep import ask_for_reminders, keep_month
from catalog.documents import document_request
from catalog.models import DocumentEntry, DocumentMonth, DocumentRequirement, EntryStatus
from catalog.models.document_types import TYPES
from catalog.reports import missing_for_order_lines
from kam.core import clock
from kam.core.documents import Document, DocumentType, Validity, retire_document, revise_document
from kam.core.notifications import Notification
from kam.core.tokens import issue_token
from kam.core.work import WorkItem, complete_work
from tests.catalog.test_product import refused
from tests.factories.catalog import CustomerItemFactory, ProductFactory, ProductFamilyFactory
from tests.factories.customer_orders import OrderFactory, OrderLineFactory
from tests.factories.documents import document_type, entry_of, in_hand, required
from tests.factories.files import named, pdf
from tests.factories.offers import offer_line, offered, priced_product
from tests.matrix import Matrix
from tests.pages import client_for

Nothing = Callable[..., Any]
TODAY = date(2026, 3, 16)


def client_of(user: Any) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {issue_token(user, name='test')}")
    return client


@pytest.mark.acceptance("AT-48")
def test_ten_required_nine_present_seven_valid(matrix: Matrix) -> None:
    customer = matrix.acme_us
    codes = [f"kind_{number}" for number in range(10)]
    for code in codes:
        required(code)
    for code in codes[:7]:
        in_hand(customer, code, checked=True)
    in_hand(customer, codes[7], checked=True, valid_to=TODAY - timedelta(days=1))
    in_hand(customer, codes[8])  # nobody has looked at it yet
    client = client_of(matrix.account_manager)
    entries = client.get(f"/api/v1/document-entries/?customer={customer.pk}").json()["results"]
    stands = sorted(entry["status"] for entry in entries)
    assert stands == sorted(["valid"] * 7 + ["expired", "received", "missing"])

    def rates() -> dict[str, Any]:
        figures = client.get("/api/v1/document-entries/figures/").json()
        return next(one for one in figures["customers"] if one["customer"] == customer.pk)

    found = rates()
    assert (found["required"], found["present"], found["valid"]) == (10, 9, 7)
    assert (found["completeness"], found["currency"], found["compliance"]) == ("90.00", "77.78", "70.00")
    client.post(f"/api/v1/document-entries/{entry_of(customer, codes[9]).pk}/waive/", {"reason": "Not sold there"})
    found = rates()
    assert (found["completeness"], found["currency"], found["compliance"]) == ("100.00", "77.78", "77.78")


def test_nothing_required_is_no_rate(matrix: Matrix) -> None:
    total = client_of(matrix.sales_manager).get("/api/v1/document-entries/figures/").json()["total"]
    assert total == {
        "customer": None, "name": "", "required": 0, "present": 0, "valid": 0, "completeness": None, "currency": None,
        "compliance": None,
    }  # fmt: skip


def test_what_is_required_follows_tier_phase_and_product_line(matrix: Matrix) -> None:
    line = ProductFamilyFactory(code="LINE")
    family = ProductFamilyFactory(code="BELOW", parent=line)
    item = CustomerItemFactory(customer=matrix.acme_us, product=ProductFactory(family=family))
    other = CustomerItemFactory(customer=matrix.beta)
    fresh = CustomerItemFactory(customer=matrix.acme_us, product=ProductFactory(family=family, status="development"))
    type(matrix.acme).objects.filter(pk=matrix.acme.pk).update(tier="A")
    required("contract_a", tier="A")
    required("of_line", product_line=line)
    required("ppap", "item", process="series", blocks=True)
    required("sample_report", "item", process="development", product_line=line)
    required("reach_all", "product")
    required("plant_vies", "plant")
    required("over", period=DateRange(date(2020, 1, 1), TODAY))
    refresh_register()

    def of(record: Any) -> set[str]:
        return set(DocumentEntry.objects.about(record).filter(required=True).values_list("type__code", flat=True))

    assert of(matrix.acme_us) == {"contract_a", "of_line"}
    assert of(matrix.acme_it) == {"contract_a"}
    assert of(matrix.beta) == set()
    assert (of(item), of(other), of(fresh)) == ({"ppap"}, {"ppap"}, {"sample_report"})
    assert of(item.product) == {"reach_all"} and of(matrix.beta_plant) == {"plant_vies"}
    type(matrix.beta).objects.filter(pk=matrix.beta.pk).update(status="closed")
    refresh_register()
    assert of(other) == set() and of(matrix.beta_plant) == set()


def test_the_register_takes_a_fixed_number_of_statements(matrix: Matrix, nothing_changed: Nothing) -> None:
    required("ppap", "item")
    CustomerItemFactory(customer=matrix.acme_us)
    refresh_register()

    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            refresh_register()
        return len(captured)

    CustomerItemFactory(customer=matrix.acme_us)
    few = statements()
    for _number in range(20):
        CustomerItemFactory(customer=matrix.acme_us)
    assert statements() == few
    assert DocumentEntry.objects.count() == 22
    with nothing_changed():
        assert refresh_register() == 0


def test_a_document_goes_its_way(matrix: Matrix, nothing_changed: Nothing) -> None:
    required("insurance_of_tests")
    entry, actor = entry_of(matrix.acme_us, "insurance_of_tests"), matrix.account_manager
    assert entry.status == "missing"
    refused("no_document", lambda: check_document(entry, actor=actor), nothing_changed)
    refused("document_not_requested", lambda: remind_of_document(entry, actor=actor), nothing_changed)
    refused("due_passed", lambda: request_document(entry, actor=actor, due_on=TODAY - timedelta(days=1)), nothing_changed)
    entry = request_document(entry, actor=actor)
    assert (entry.requested_on, entry.due_on) == (TODAY, TODAY + timedelta(days=14))
    refused("document_requested", lambda: request_document(entry, actor=actor), nothing_changed)
    assert entry_of(matrix.acme_us, "insurance_of_tests").status == "requested"
    document = in_hand(matrix.acme_us, "insurance_of_tests", valid_from=TODAY + timedelta(days=1), valid_to=date(2026, 12, 31))
    entry = entry_of(matrix.acme_us, "insurance_of_tests")
    assert (entry.status, entry.document, entry.due_on) == ("received", document, None)
    check_document(entry, actor=actor)
    refused("document_checked", lambda: check_document(entry, actor=actor), nothing_changed)
    days = {0: "checked", 1: "valid", 261: "expiring", 291: "expired"}
    for later, status in days.items():
        day = TODAY + timedelta(days=later)
        entry = entry_of(matrix.acme_us, "insurance_of_tests")
        assert entry.status_on(day) == status
        assert DocumentEntry.objects.in_status(status, today=day).get() == entry
    retire_document(document, actor=actor, reason="Wrong file")
    entry = entry_of(matrix.acme_us, "insurance_of_tests")
    assert (entry.status, entry.checked_at) == ("missing", None)


def test_not_required_needs_a_reason_and_can_be_taken_back(matrix: Matrix, nothing_changed: Nothing) -> None:
    required("nda_of_tests", blocks=True)
    entry, actor = entry_of(matrix.acme_us, "nda_of_tests"), matrix.account_manager
    refused("reason_missing", lambda: waive_document(entry, actor=actor), nothing_changed)
    refused("document_not_waived", lambda: require_again(entry, actor=actor), nothing_changed)
    waive_document(entry, actor=actor, reason="Nothing confidential is exchanged")
    refused("document_waived", lambda: waive_document(entry, actor=actor, reason="Again"), nothing_changed)
    refused("document_waived", lambda: request_document(entry, actor=actor), nothing_changed)
    assert entry_of(matrix.acme_us, "nda_of_tests").status == "not_required"
    assert missing_for_order_lines(plant=matrix.acme_us_plant, products=[]) == []
    require_again(entry, actor=actor)
    assert entry_of(matrix.acme_us, "nda_of_tests").status == "missing"
    with pytest.raises(IntegrityError, match="catalog_entry_waived"), transaction.atomic():
        DocumentEntry.objects.filter(pk=entry.pk).update(waiver="x")


def test_only_a_customer_is_asked(matrix: Matrix, nothing_changed: Nothing) -> None:
    required("reach_of_tests", "product")
    entry = entry_of(ProductFactory(), "reach_of_tests")
    refused("no_customer", lambda: request_document(entry, actor=matrix.sales_manager), nothing_changed)


def test_an_order_lacks_what_is_required_and_waits_where_it_blocks(matrix: Matrix) -> None:
    item = CustomerItemFactory(customer=matrix.acme_us)
    foreign = CustomerItemFactory(customer=matrix.beta, product=item.product)
    required("ppap_of_tests", "item", process="series", blocks=True)
    required("reach_of_tests", "product")
    plant = matrix.acme_us_plant

    def lacks(process: str = "series") -> list[tuple[Any, str, str, bool]]:
        refresh_for_order_lines(plant=plant, products=[item.product])
        found = missing_for_order_lines(plant=plant, products=[item.product], process=process)
        return [(one.record, one.type.code, one.status.value, one.blocks) for one in found]

    assert lacks() == [(item, "ppap_of_tests", "missing", True), (item.product, "reach_of_tests", "missing", False)]
    assert [blocks for *_rest, blocks in lacks("development")] == [False, False]
    in_hand(item, "ppap_of_tests")
    assert lacks()[0] == (item, "ppap_of_tests", "received", True)
    in_hand(item.product, "reach_of_tests", checked=True)
    check_document(entry_of(item, "ppap_of_tests"), actor=matrix.quality_it)
    assert lacks() == []
    assert entry_of(foreign, "ppap_of_tests").status == "missing"


@pytest.mark.acceptance("AT-93")
def test_a_contract_that_ends_in_thirty_days_is_told_once(matrix: Matrix) -> None:
    in_hand(
        matrix.acme_us, "contract_of_tests", by=matrix.back_office_it, valid_to=TODAY + timedelta(days=30), title="Frame contract"
    )
    in_hand(matrix.acme_us, "contract_of_tests", text="later", valid_to=TODAY + timedelta(days=61))
    in_hand(matrix.acme_us, "contract_of_tests", text="private", valid_to=TODAY, private_to=[matrix.sales_manager])
    assert warn_of_documents() == 1
    told = Notification.objects.filter(kind="document_expires")
    assert {one.reader for one in told} == {matrix.account_manager, matrix.area_manager_us, matrix.back_office_it}
    assert told[0].record == matrix.acme_us and "Frame contract of ACME Conveyors Inc. ends in 30 days" in told[0].subject
    assert warn_of_documents() == 0
    for later, count in ((1, 1), (22, 0), (23, 1), (54, 1), (90, 0)):
        with clock.moment(clock.now() + timedelta(days=later)):
            assert warn_of_documents() == count, later


@pytest.mark.acceptance("AT-93")
def test_every_copy_of_a_superseded_drawing_is_obsolete(matrix: Matrix, nothing_changed: Nothing) -> None:
    product = ProductFactory()
    item, other = (
        CustomerItemFactory(customer=matrix.acme_us, product=product),
        CustomerItemFactory(customer=matrix.beta, product=product),
    )
    required("drawing_of_tests", "item")
    old = in_hand(product, "drawing_of_tests", text="A", revision="A")
    copy = in_hand(item, "drawing_of_tests", text="A", revision="A", checked=True)
    else_ = in_hand(other, "drawing_of_tests", text="B", revision="A", checked=True)
    new = revise_document(old, actor=matrix.technical_it, file=named(pdf("A2"), "b.pdf"), revision="B")
    copy.refresh_from_db()
    else_.refresh_from_db()
    assert (copy.state, else_.state, new.state) == (Validity.SUPERSEDED, Validity.VALID, Validity.VALID)
    assert set(Document.objects.in_state("superseded")) == {old, copy}
    entry = entry_of(item, "drawing_of_tests")
    assert (entry.status, entry_of(other, "drawing_of_tests").status) == ("superseded", "valid")
    late = in_hand(matrix.acme_us, "drawing_of_tests", text="A")
    assert late.state == Validity.SUPERSEDED
    revise_document(copy, actor=matrix.account_manager, file=named(pdf("A2"), "b.pdf"), revision="B")
    entry = entry_of(item, "drawing_of_tests")
    assert (entry.status, entry.document.revision) == ("received", "B")
    Document.objects.update(preview_state="ready")
    page = client_for(matrix.account_manager).get(entry.get_absolute_url()).content.decode()
    places = [page.find(f"/documents/{one}/preview/") for one in (copy.pk, entry.document.pk)]
    assert -1 < places[0] < places[1]


def test_an_obsolete_file_is_not_checked(matrix: Matrix, nothing_changed: Nothing) -> None:
    required("drawing_of_tests", "customer")
    old = in_hand(ProductFactory(), "drawing_of_tests", text="A")
    revise_document(old, actor=None, file=named(pdf("A2"), "b.pdf"))
    in_hand(matrix.acme_us, "drawing_of_tests", text="A")
    entry = entry_of(matrix.acme_us, "drawing_of_tests")
    refused("document_obsolete", lambda: check_document(entry, actor=matrix.account_manager), nothing_changed)


def test_who_must_hold_it_confirms_each_revision(matrix: Matrix, nothing_changed: Nothing) -> None:
    required("drawing_of_tests")
    department = matrix.italy.departments.get(function="quality")
    entry = entry_of(matrix.acme_us, "drawing_of_tests")
    actor, given = matrix.account_manager, {"people": [matrix.back_office_it], "departments": [department]}
    distribute_document(entry, actor=actor, owner=matrix.account_manager, **given)
    assert not WorkItem.objects.filter(kind="confirm_document").exists()
    first = in_hand(matrix.acme_us, "drawing_of_tests", text="A", revision="A")
    entry = entry_of(matrix.acme_us, "drawing_of_tests")
    asked = WorkItem.objects.filter(kind="confirm_document").open()
    assert {item.audience for item in asked} == {f"user:{matrix.back_office_it.pk}", department.audience}
    complete_work(asked.get(audience=department.audience), actor=matrix.quality_it)
    revise_document(first, actor=actor, file=named(pdf("B"), "b.pdf"), revision="B")
    assert asked.count() == 2 and all("rev. B" in item.words for item in asked.all())
    entry = entry_of(matrix.acme_us, "drawing_of_tests")
    distribute_document(entry, actor=actor, departments=[department])
    assert [item.audience for item in asked.all()] == [department.audience]
    with nothing_changed():
        distribute_document(entry_of(matrix.acme_us, "drawing_of_tests"), actor=actor, departments=[department])
    matrix.nobody.is_active = False
    refused("person_inactive", lambda: distribute_document(entry, actor=actor, people=[matrix.nobody]), nothing_changed)


def test_who_asked_reminds_the_customer_when_the_day_has_passed(matrix: Matrix) -> None:
    required("insurance_of_tests")
    actor = matrix.back_office_it
    entry = request_document(entry_of(matrix.acme_us, "insurance_of_tests"), actor=actor, due_on=TODAY + timedelta(days=5))
    ask_for_reminders()
    asked = WorkItem.objects.filter(kind="remind_of_document")
    assert not asked.exists()
    with clock.moment(clock.now() + timedelta(days=6)):
        ask_for_reminders()
        ask_for_reminders()
        assert asked.get().assignee == actor
        entry = remind_of_document(entry, actor=actor)
        assert (entry.reminders, entry.due_on) == (1, TODAY + timedelta(days=13))
        assert asked.get().state == "done"
        letter = document_request(str(matrix.acme_us.pk), actor=actor)
        assert "not received" in letter.data["opening"] and len(letter.data["rows"]) == 1
    with clock.moment(clock.now() + timedelta(days=14)):
        ask_for_reminders()
        assert asked.open().count() == 1
        in_hand(matrix.acme_us, "insurance_of_tests")
        assert not asked.open().exists()


def test_the_letter_is_in_the_customers_language(matrix: Matrix, nothing_changed: Nothing) -> None:
    customer = matrix.acme_it
    type(customer).objects.filter(pk=customer.pk).update(language="it")
    refused("nothing_requested", lambda: document_request(str(customer.pk), actor=matrix.account_manager), nothing_changed)
    refused("not_found", lambda: document_request(str(matrix.beta.pk), actor=matrix.account_manager), nothing_changed)
    DocumentRequirement.objects.create(
        type=DocumentType.objects.get(code="insurance"), subject="customer", period=DateRange(TODAY, None)
    )
    request_document(entry_of(customer, "insurance"), actor=matrix.account_manager)
    letter = document_request(str(customer.pk), actor=matrix.account_manager)
    assert (letter.language, letter.data["rows"][0][0]) == ("it", "Certificato di assicurazione")


def test_the_month_is_kept_once_and_told_to_the_sales_manager(matrix: Matrix) -> None:
    for code in ("one_of_tests", "two_of_tests"):
        required(code)
    refresh_register()
    in_hand(matrix.acme_us, "one_of_tests", checked=True)
    month = keep_month()
    assert month is not None and keep_month() is None
    assert (month.month, month.required, month.present, month.valid) == (date(2026, 3, 1), 8, 1, 1)
    told = Notification.objects.get(kind="documents_due")
    assert told.reader == matrix.sales_manager and "7" in told.text()[1]
    assert set(DocumentMonth.objects.visible_to(matrix.sales_manager)) == {month}
    assert not DocumentMonth.objects.visible_to(matrix.account_manager).exists()


def test_requirements_have_versions(matrix: Matrix, nothing_changed: Nothing) -> None:
    actor, kind = matrix.quality_it, document_type("ppap_of_tests")
    given = {"type": kind, "subject": "item", "process": "series"}
    rule = require_document(DocumentRequirement, actor=actor, **given)
    refused("required_already", lambda: require_document(DocumentRequirement, actor=actor, **given), nothing_changed)
    refused(
        "not_permitted", lambda: require_document(DocumentRequirement, actor=matrix.account_manager, **given), nothing_changed
    )
    refused(
        "before_first_day",
        lambda: change_requirement(rule, actor=actor, blocks=True, first_day=date(2026, 1, 1)),
        nothing_changed,
    )
    refused("before_first_day", lambda: end_requirement(rule, actor=actor, last_day=date(2026, 1, 1)), nothing_changed)
    with nothing_changed():
        change_requirement(rule, actor=actor, blocks=False)
    later = change_requirement(rule, actor=actor, blocks=True, first_day=date(2026, 4, 1))
    rule.refresh_from_db()
    assert (rule.last_day, rule.blocks, later.first_day, later.blocks) == (date(2026, 3, 31), False, date(2026, 4, 1), True)
    refused(
        "requirement_ended",
        lambda: change_requirement(rule, actor=actor, blocks=True, first_day=date(2026, 4, 2)),
        nothing_changed,
    )
    item = CustomerItemFactory(customer=matrix.acme_us)
    assert not entry_of(item, "ppap_of_tests").blocks
    with clock.moment(clock.now() + timedelta(days=20)):
        assert entry_of(item, "ppap_of_tests").blocks
        end_requirement(later, actor=actor)
        assert not DocumentEntry.objects.counting().exists()
        refused("requirement_ended", lambda: end_requirement(later, actor=actor), nothing_changed)


@pytest.mark.parametrize(
    ("code", "values"),
    [
        ("phase_does_not_fit", {"subject": "customer", "process": "development"}),
        ("phase_does_not_fit", {"subject": "item", "process": "acquisition"}),
        ("tier_does_not_fit", {"subject": "product", "tier": "A"}),
        ("no_product_line", {"subject": "item", "product_line": "below"}),
        ("invalid", {"subject": "moon"}),
        ("invalid", {"subject": "item", "tier": "X"}),
    ],
)
def test_what_cannot_be_required(matrix: Matrix, nothing_changed: Nothing, code: str, values: dict[str, Any]) -> None:
    if values.get("product_line"):
        values = values | {"product_line": ProductFamilyFactory(parent=ProductFamilyFactory())}
    kind = document_type("x_of_tests")
    refused(code, lambda: require_document(DocumentRequirement, actor=matrix.sales_manager, type=kind, **values), nothing_changed)


SEES = {
    "account_manager": {"customer", "item", "product"},
    "area_manager_us": {"customer", "item", "product"},
    "area_manager_de": {"beta", "product"},
    "sales_manager": {"customer", "item", "beta", "product"},
    "quality_it": {"customer", "item", "product"},
    "nobody": {"product"},
}


@pytest.mark.parametrize("person", SEES)
def test_entries_follow_the_row_rule_of_their_record(matrix: Matrix, nothing_changed: Nothing, person: str) -> None:
    product = ProductFactory()
    records = {
        "customer": matrix.acme_us, "item": CustomerItemFactory(customer=matrix.acme_us, product=product), "beta": matrix.beta,
        "product": product,
    }  # fmt: skip
    for subject in ("customer", "item", "product"):
        required("x_of_tests", subject)
    refresh_register()
    entries = {name: entry_of(record, "x_of_tests") for name, record in records.items()}
    reader = matrix.users[person]
    seen = set(DocumentEntry.objects.visible_to(reader).filter(pk__in=[one.pk for one in entries.values()]))
    assert seen == {entries[name] for name in SEES[person]}
    for name in set(entries) - SEES[person]:
        refused("not_permitted", lambda name=name: waive_document(entries[name], actor=reader, reason="x"), nothing_changed)


def test_every_installation_has_the_types(db: None) -> None:
    assert set(TYPES) <= set(DocumentType.objects.values_list("code", flat=True))
    assert EntryStatus.values == [
        "missing", "requested", "received", "checked", "valid", "expiring", "expired", "superseded", "not_required",
    ]  # fmt: skip


@pytest.mark.acceptance("AT-93")
def test_every_open_offer_and_order_with_the_old_drawing_is_listed(matrix: Matrix) -> None:
    product = priced_product()
    item = CustomerItemFactory(customer=matrix.acme_us, product=product)
    required("drawing_of_tests", "item")
    old = in_hand(item, "drawing_of_tests", text="A", revision="A")
    plant, location = matrix.acme_us_plant, matrix.usa
    with_old = offered(plant, location, offer_line(product, 100, 25, part_revision="A"), currency="EUR")
    offered(plant, location, offer_line(product, 100, 25, part_revision="B"), currency="EUR")
    offered(plant, location, currency="EUR")
    offered(matrix.beta_plant, matrix.germany, offer_line(product, 100, 25, part_revision="A"))
    ordered = OrderFactory(plant=plant, selling_location=location)
    OrderLineFactory(order=ordered, product=product)
    OrderLineFactory(order=OrderFactory(plant=plant, selling_location=location), product=product, part_revision="B")
    entry = entry_of(item, "drawing_of_tests")
    client = client_of(matrix.account_manager)
    assert client.get(f"/api/v1/document-entries/{entry.pk}/uses/").json() == []
    revise_document(old, actor=matrix.account_manager, file=named(pdf("B"), "b.pdf"), revision="B")
    found = client.get(f"/api/v1/document-entries/{entry.pk}/uses/").json()
    assert {(one["type"], one["id"]) for one in found} == {("orders.offer", with_old.pk), ("orders.order", ordered.pk)}
