"""The pages of the catalogue: each opens for its readers, forms do what the actions do, costs and prices stay with their readers."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from catalog.models import (
    BillOfResources,
    CustomerItem,
    ListPrice,
    Product,
    ProductFamily,
    ProductRevision,
    Programme,
    WorkCentre,
)
from kam.core.documents import Document
from tests.catalog.test_excel import fill
from tests.factories.catalog import (
    CustomerItemFactory,
    ListPriceFactory,
    ProductFactory,
    ProductFamilyFactory,
    ProductRevisionFactory,
    ProgrammeFactory,
    StandardCostFactory,
    WorkCentreFactory,
)
from tests.factories.documents import in_hand
from tests.matrix import Matrix

Nothing = Callable[..., Any]
#: What logging in writes.
LOGIN = ("accounts_user", "django_session", "usersessions_usersession")


@pytest.fixture
def web(client: Client) -> Callable[[Any], Client]:
    """A browser in which a person is logged in."""

    def log_in(user: Any) -> Client:
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return log_in


def table(name: str, *lines: dict[str, Any]) -> dict[str, str]:
    """The lines of a table in a form as a browser posts them."""
    data = {f"{name}-TOTAL_FORMS": str(len(lines)), f"{name}-INITIAL_FORMS": "0"}
    for number, line in enumerate(lines):
        data |= {f"{name}-{number}-{field}": str(value) for field, value in line.items()}
    return data


LISTS = {
    "product_list": None,
    "family_list": None,
    "product_revision_list": None,
    "standard_cost_list": {"account_manager", "sales_manager", "management", "finance_it", "area_manager_de"},
    "list_price_list": {"account_manager", "sales_manager", "management", "finance_it", "area_manager_de", "back_office_it"},
    "customer_item_list": None,
    "programme_list": None,
    "work_centre_list": None,
    "bill_list": None,
}


@pytest.mark.parametrize(
    "person",
    [
        "account_manager",
        "sales_manager",
        "management",
        "finance_it",
        "area_manager_de",
        "back_office_it",
        "technical_it",
        "production_it",
    ],
)
def test_lists_open_for_their_readers(matrix: Matrix, web: Callable[[Any], Client], person: str) -> None:
    fill(matrix)
    page = web(matrix.users[person])
    for name, readers in LISTS.items():
        answer = page.get(reverse(f"catalog:{name}"))
        assert answer.status_code == (200 if readers is None or person in readers else 403), name


def test_record_pages_and_their_parts_open(matrix: Matrix, web: Callable[[Any], Client]) -> None:
    fill(matrix)
    page = web(matrix.sales_manager)
    for model in (Product, ProductFamily, ProductRevision, CustomerItem, Programme, WorkCentre, BillOfResources):
        for record in model.objects.all():
            answer = page.get(record.get_absolute_url())
            assert answer.status_code == 200, record
    product = Product.objects.get(code="KP-1")
    for part in ("revisions", "costs", "prices", "items", "bills"):
        assert page.get(reverse(f"catalog:product_{part}", args=[product.pk])).status_code == 200
        assert page.get(f"{product.get_absolute_url()}?tab={part}").status_code == 200
    assert b"6.12345" in page.get(reverse("catalog:product_costs", args=[product.pk])).content
    assert page.get(reverse("catalog:customer_items", args=[matrix.acme_it.pk])).status_code == 200
    assert page.get(reverse("catalog:product_choices") + "?q=kp-1").json()["results"][0]["id"] == product.pk
    assert page.get(reverse("catalog:product_list") + f"?drawer={product.pk}").status_code == 200


def test_a_chart_shows_how_a_cost_moved_and_each_bar_leads_to_its_cost(matrix: Matrix, web: Callable[[Any], Client]) -> None:
    product = StandardCostFactory(
        location=matrix.italy, cost_version="V1", material=Decimal("80"), period=DateRange(date(2025, 1, 1), date(2026, 1, 1))
    ).product
    later = StandardCostFactory(
        product=product, location=matrix.italy, cost_version="V2", material=Decimal(9000), price_unit=100,
        period=DateRange(date(2026, 1, 1), None),
    )  # fmt: skip
    StandardCostFactory(product=product, location=matrix.germany, cost_version="V2")
    page = web(matrix.sales_manager)
    part = page.get(reverse("catalog:product_costs", args=[product.pk]))
    (chart,) = part.context["charts"]  # Germany has had one version only: a figure, not a chart
    material = chart.series[0]
    assert [float(value) for value in material.values] == [80, 90] and 'data-chart="chart-costs-it"' in part.content.decode()
    assert list(page.get(material.addresses[1]).context["records"]) == [later]
    hidden = web(matrix.technical_it).get(reverse("catalog:product_costs", args=[product.pk]))
    assert b"chart-costs-it" not in hidden.content


def test_the_cost_column_is_there_for_readers_of_costs_only(matrix: Matrix, web: Callable[[Any], Client]) -> None:
    here = StandardCostFactory(material=Decimal("777.5")).product
    StandardCostFactory(product__producing_location=matrix.germany, material=Decimal("888.5"))
    where = reverse("catalog:product_list")
    seen = {}
    for person in ("sales_manager", "finance_it", "technical_it", "back_office_it"):
        page = web(matrix.users[person])
        text = page.get(f"{where}?columns=code,standard_cost").content.decode()
        sheet = page.get(f"{where}?columns=code,standard_cost&export=csv").content.decode()
        assert ("781.5" in text, "892.5" in text) == ("781.5" in sheet, "892.5" in sheet), person
        seen[person] = ("Standard cost" in text, "781.5" in text, "892.5" in text)
        part = page.get(reverse("catalog:product_costs", args=[here.pk])).content.decode()
        assert ("777.5" in part) is (person in {"sales_manager", "finance_it"})
    assert seen == {
        "sales_manager": (True, True, True),
        "finance_it": (True, True, False),
        "technical_it": (False, False, False),
        "back_office_it": (False, False, False),
    }


def test_nobody_learns_costs_by_sorting_or_filtering(matrix: Matrix, web: Callable[[Any], Client]) -> None:
    cheap = StandardCostFactory(product__producing_location=matrix.germany, product__code="B").product
    dear = StandardCostFactory(product__producing_location=matrix.germany, product__code="A", material=Decimal(90)).product
    where = reverse("catalog:product_list")
    rows = lambda user, query: [row.pk for row in web(user).get(where + query).context["records"]]  # noqa: E731
    assert rows(matrix.sales_manager, "?ordering=standard_cost") == [cheap.pk, dear.pk]
    assert rows(matrix.finance_it, "?ordering=standard_cost") == [dear.pk, cheap.pk]
    assert rows(matrix.technical_it, "?ordering=standard_cost") == [dear.pk, cheap.pk]
    assert rows(matrix.sales_manager, "?standard_cost_max=50") == [cheap.pk]
    assert rows(matrix.finance_it, "?standard_cost_max=50") == []
    assert rows(matrix.technical_it, "?standard_cost_max=50") == [dear.pk, cheap.pk]


def test_a_product_is_made_and_changed_on_the_screen(
    matrix: Matrix, web: Callable[[Any], Client], nothing_changed: Nothing
) -> None:
    page, family = web(matrix.technical_it), ProductFamilyFactory()
    assert page.get(reverse("catalog:product_create")).status_code == 200
    data = {
        "code": "KP-9",
        "name_en": "Pulley",
        "family": family.pk,
        "base_unit": "pcs",
        **table("units", {"unit": "box", "factor": "12"}, {}),
    }
    with nothing_changed(apart_from=LOGIN):
        wrong = page.post(reverse("catalog:product_create"), data | {"name_en": "", "units-0-unit": "pcs"})
        assert wrong.status_code == 422
        assert 'value="KP-9"' in wrong.content.decode()
        clash = page.post(reverse("catalog:product_create"), data | {"units-0-unit": "pcs"})
        assert clash.status_code == 422
        assert "The base unit needs no conversion." in clash.content.decode()
    answer = page.post(reverse("catalog:product_create"), data)
    product = Product.objects.get(code="KP-9")
    assert answer.status_code == 302 and answer["Location"] == product.get_absolute_url()
    assert [(unit.unit, unit.factor) for unit in product.units.all()] == [("box", 12)]
    edit = reverse("catalog:product_edit", args=[product.pk])
    assert "12" in page.get(edit).content.decode()
    data |= {"name_en": "New", "version": product.version, **table("units", {"unit": "box", "factor": "12", "DELETE": "on"})}
    assert page.post(edit, data).status_code == 302
    product.refresh_from_db()
    assert (product.name_en, product.units.count()) == ("New", 0)
    with nothing_changed(apart_from=LOGIN):
        assert page.post(edit, data | {"name_en": "Other"}).status_code == 409
        assert web(matrix.sales_manager).post(edit, data).status_code == 403


def test_the_steps_of_a_product_on_the_screen(matrix: Matrix, web: Callable[[Any], Client], nothing_changed: Nothing) -> None:
    product = ProductFactory(status="development")
    page = web(matrix.technical_it)
    assert page.post(reverse("catalog:product_launch", args=[product.pk])).status_code == 302
    phase_out = reverse("catalog:product_phase_out", args=[product.pk])
    assert page.get(phase_out).status_code == 200
    with nothing_changed(apart_from=LOGIN):
        assert page.post(phase_out, {"last_order_date": "2026-01-01"}).status_code in (400, 409, 422)
        assert page.post(reverse("catalog:product_discontinue", args=[product.pk])).status_code == 409
        assert web(matrix.account_manager).post(phase_out, {"last_order_date": "2026-12-31"}).status_code == 403
    assert web(matrix.technical_it).post(phase_out, {"last_order_date": "2026-12-31"}).status_code == 302
    assert page.post(reverse("catalog:product_reactivate", args=[product.pk]), {"reason": "Wanted"}).status_code == 302
    product.refresh_from_db()
    assert product.status == "active"


def test_revisions_on_the_screen(matrix: Matrix, web: Callable[[Any], Client]) -> None:
    product, page = ProductFactory(), web(matrix.technical_it)
    answer = page.get(reverse("catalog:product_revision_create") + f"?product={product.pk}")
    assert answer.status_code == 200
    data = {"product": product.pk, "level": "B", "drawing_number": "D-2"}
    assert page.post(reverse("catalog:product_revision_create"), data).status_code == 302
    draft = product.revisions.get(level="B")
    assert (
        page.post(reverse("catalog:product_revision_edit", args=[draft.pk]), {"level": "C", "drawing_number": "D-2"}).status_code
        == 302
    )
    assert page.get(reverse("catalog:product_revision_release", args=[draft.pk])).status_code == 200
    assert (
        page.post(reverse("catalog:product_revision_release", args=[draft.pk]), {"effective_from": "2026-04-01"}).status_code
        == 302
    )
    draft.refresh_from_db()
    assert (draft.level, draft.status) == ("C", "released")
    other = ProductRevisionFactory(product=product, level="D", status="draft")
    answer = page.post(reverse("catalog:product_revision_discard", args=[other.pk]))
    assert answer["Location"] == product.get_absolute_url()


def test_the_drawings_of_two_revisions_stand_beside_each_other(matrix: Matrix, web: Callable[[Any], Client]) -> None:
    product = ProductFactory()
    before, now = (ProductRevisionFactory(product=product, level=level, status="draft", period=None) for level in "BC")
    foreign = ProductRevisionFactory()
    shown = {}
    for revision in (before, now, foreign):
        shown[revision] = in_hand(revision, "drawing", text=f"{revision.pk}", number="D-1", revision=revision.level)
    Document.objects.update(preview_state="ready")
    page, address = web(matrix.account_manager), now.get_absolute_url()
    pictures = {one: reverse("core:document_preview", args=[shown[one].pk]) for one in shown}
    for query, expected in (
        ("", {now}),
        (f"?beside={before.pk}", {now, before}),
        (f"?beside={foreign.pk}", {now}),
        (f"?beside={now.pk}", {now}),
        ("?beside=x", {now}),
    ):
        html = page.get(address + query).content.decode()
        assert {one for one in shown if pictures[one] in html} == expected, query


def test_a_new_price_is_in_the_currency_of_the_group_unless_told(
    matrix: Matrix, web: Callable[[Any], Client], settings: Any
) -> None:
    settings.BASE_CURRENCY = "CHF"
    form = web(matrix.sales_manager).get(reverse("catalog:list_price_create")).context["form"]
    assert form["currency"].value() == "CHF"


def test_prices_items_programmes_centres_and_bills_on_the_screen(matrix: Matrix, web: Callable[[Any], Client]) -> None:
    product = ListPriceFactory().product
    page = web(matrix.sales_manager)
    data = {"product": product.pk, "currency": "eur", "price": "30.5", "price_unit": "100", "first_day": "2026-09-01"}
    assert page.get(reverse("catalog:list_price_create") + f"?product={product.pk}").status_code == 200
    assert page.post(reverse("catalog:list_price_create"), data).status_code == 302
    price = ListPrice.objects.get(price_unit=100)
    assert (price.price, price.currency) == (Decimal("30.5"), "EUR")
    assert page.post(reverse("catalog:list_price_withdraw", args=[price.pk])).status_code == 302
    assert not ListPrice.objects.filter(pk=price.pk).exists()
    page = web(matrix.account_manager)
    assert page.get(reverse("catalog:customer_item_create") + f"?customer={matrix.acme_us.pk}").status_code == 200
    item = {"customer": matrix.acme_us.pk, "product": product.pk, "part_number": "51-1"}
    assert page.post(reverse("catalog:customer_item_create"), item).status_code == 302
    kept = CustomerItem.objects.get()
    edit = reverse("catalog:customer_item_edit", args=[kept.pk])
    assert page.get(edit).status_code == 200
    assert page.post(edit, {"part_number": "51-2", "plant": matrix.acme_us_plant.pk}).status_code == 302
    kept.refresh_from_db()
    assert (kept.part_number, kept.plant) == ("51-2", matrix.acme_us_plant)
    assert page.post(reverse("catalog:customer_item_create"), item | {"customer": matrix.beta.pk}).status_code == 422
    programme = {"customer": matrix.acme_us.pk, "code": "X", "name": "X", "start_of_production": "2027-01-01"}
    assert page.post(reverse("catalog:programme_create"), programme).status_code == 302
    page = web(matrix.production_it)
    centre = {
        "location": matrix.italy.pk,
        "code": "L1",
        "name_en": "Lathes",
        "machines": "2",
        "shifts": "2",
        "hours_per_shift": "8",
    }
    centre |= {"efficiency": "85", "presence_rate": "92", "is_active": "on"}
    assert page.post(reverse("catalog:work_centre_create"), centre).status_code == 302
    lathes = WorkCentre.objects.get()
    bill = {"product": product.pk, "location": matrix.italy.pk, "first_day": "2026-01-01", "lot": "10", "yield_rate": "98"}
    lines = table("operations", {"work_centre": lathes.pk, "hours_per_unit": "0.5", "setup_hours": "1", "offset_months": "0"}, {})
    lines |= table("materials", {"material": "Steel", "quantity": "1.2", "unit": "kg"})
    assert page.get(reverse("catalog:bill_create")).status_code == 200
    wrong = page.post(reverse("catalog:bill_create"), bill | lines | {"operations-0-hours_per_unit": ""})
    assert wrong.status_code == 422 and not BillOfResources.objects.exists()
    assert page.post(reverse("catalog:bill_create"), bill | lines).status_code == 302
    made = BillOfResources.objects.get()
    assert (made.operations.get().hours_per_unit, made.materials.get().material) == (Decimal("0.5"), "Steel")
    # 98 good ones are 100 started, that is 10 lots: 100 × 0.5 h + 10 × 1 h.
    assert b"60.0" in page.get(f"{made.get_absolute_url()}?quantity=98").content
    assert page.get(reverse("catalog:bill_create") + f"?like={made.pk}").status_code == 200
    assert page.get(reverse("catalog:bill_edit", args=[made.pk])).status_code == 200


def test_a_foreign_row_is_not_there(matrix: Matrix, web: Callable[[Any], Client], nothing_changed: Nothing) -> None:
    item, programme = CustomerItemFactory(customer=matrix.beta), ProgrammeFactory(customer=matrix.beta)
    page = web(matrix.account_manager)
    for record, name in ((item, "customer_item"), (programme, "programme")):
        with nothing_changed(apart_from=LOGIN):
            assert page.get(record.get_absolute_url()).status_code == 404
            assert page.post(reverse(f"catalog:{name}_edit", args=[record.pk]), {}).status_code == 404
    assert page.get(reverse("catalog:customer_items", args=[matrix.beta.pk])).status_code == 404
    assert item.part_number not in page.get(reverse("catalog:product_items", args=[item.product.pk])).content.decode()


@pytest.mark.parametrize("name", LISTS)
def test_a_list_page_takes_the_same_number_of_queries_whatever_its_length(
    matrix: Matrix, web: Callable[[Any], Client], name: str
) -> None:
    fill(matrix)
    page = web(matrix.sales_manager)
    page.get(reverse(f"catalog:{name}"))
    with CaptureQueriesContext(connection) as first:
        page.get(reverse(f"catalog:{name}"))
    for _number in range(3):
        product = ProductFactory()
        StandardCostFactory(product=product)
        ListPriceFactory(product=product)
        CustomerItemFactory(product=product)
        ProgrammeFactory()
        WorkCentreFactory()
    with CaptureQueriesContext(connection) as second:
        page.get(reverse(f"catalog:{name}"))
    assert len(first) == len(second)
    assert len(second) <= 25, [query["sql"][:120] for query in second]


def test_families_are_drawn_as_a_tree(matrix: Matrix, web: Callable[[Any], Client]) -> None:
    line = ProductFamilyFactory(code="A")
    below = ProductFamilyFactory(code="B", parent=line)
    ProductFactory(family=below)
    branches = web(matrix.technical_it).get(reverse("catalog:family_list")).context["branches"]
    assert [(branch.family, branch.depth, branch.own, branch.total) for branch in branches] == [(line, 0, 0, 1), (below, 1, 1, 1)]
