"""Wrong prices: which lines are found and which are not, what corrects them, what is done about each, and the letter."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from kam.core.jobs import Job
from kam.core.jobs import run as run_job
from kam.core.parameters import ParameterValue
from kam.core.periods import period
from kam.core.printing import render
from kam.core.workflow import Denied
from orders.actions import claim_price, explain_price, reopen_price, settle_price, undo_sales
from orders.actions.wrong_prices import find_wrong_prices, run_check
from orders.documents import price_letter_print
from orders.documents.keeping import run_price_letter as keep_again
from orders.documents.price_letter import letter_as_sent
from orders.models import PriceFinding, PriceLetter, SalesLine
from orders.reports.wrong_prices import by_customer, by_month, together
from tests.factories.catalog import ListPriceFactory, ProductFactory, ProgrammeFactory
from tests.factories.findings import wrong_price
from tests.factories.orders import SalesLineFactory, record
from tests.factories.prices import agreement, line
from tests.matrix import Matrix
from tests.orders.conftest import Company
from tests.world import api_client, browser

DAY = date(2026, 3, 16)


def sold(plant: Any, location: Any, product: Any, net: Any, quantity: Any = 10, **values: Any) -> SalesLine:
    """A sale to a plant."""
    made: SalesLine = SalesLineFactory(
        plant=plant, selling_location=location, product=product, net=net, quantity=quantity, **values
    )
    return made


def found() -> dict[int, PriceFinding]:
    """What the check of everything finds, by the key of the line."""
    for one in SalesLine.objects.current().values_list("batch", flat=True).distinct():
        find_wrong_prices(batch=one)
    return {one.line_id: one for one in PriceFinding.objects.all()}


def test_a_line_is_held_against_the_price_agreed_for_its_day(matrix: Matrix) -> None:
    product, listed = ProductFactory(), ProductFactory()
    ListPriceFactory(product=listed, price=50)
    scale = {"scale": "from", "steps": [(1, "9.00"), (100, "8.00")]}
    made = agreement(line(product, **scale), plant=matrix.acme_us_plant, first_day=date(2026, 2, 1), last_day=date(2026, 3, 31))
    us = matrix.acme_us_plant, matrix.usa
    right = sold(*us, product, 90), sold(*us, product, 800, 100), sold(*us, product, "90.01"), sold(*us, product, "90.10")
    dear, cheap, low = sold(*us, product, 100), sold(*us, product, 850, 100, rate=Decimal("0.5")), sold(*us, product, 70)
    credited = sold(*us, product, -95, -10)
    apart = (
        sold(*us, product, 100, date=date(2026, 4, 1)),  # not agreed for this day
        sold(*us, product, 100, currency="USD"),
        sold(*us, listed, 100),  # by the list only
        sold(*us, product, 100, is_intercompany=True),
        sold(*us, product, 100, unit="kg"),
        sold(matrix.acme_it_plant, matrix.italy, product, 100),  # another plant
        sold(*us, product, 0, kind="free_of_charge"),
    )
    findings = found()
    assert set(findings) == {dear.pk, cheap.pk, low.pk, credited.pk}
    assert not set(findings) & {one.pk for one in (*right, *apart)}
    one = findings[dear.pk]
    assert (one.agreed_price, one.charged_price, one.charged, one.agreed, one.difference) == (9, 10, 100, 90, 10)
    assert (one.to_credit, one.to_recover, one.base_to_credit, one.agreement) == (10, 0, 10, made)
    assert [step["code"] for step in one.why] == ["scale_from", "goods", "net"]
    assert (findings[cheap.pk].agreed, findings[cheap.pk].base_to_credit) == (800, 25)
    assert (findings[low.pk].to_recover, findings[low.pk].base_to_recover) == (20, 20)
    assert (findings[credited.pk].agreed, findings[credited.pk].to_recover) == (-90, 5), "too much was credited"
    total = together(by_customer(PriceFinding.objects.all()))
    assert (total.count, total.to_recover, total.to_credit) == (4, 25, 35)
    assert [(one.key, one.count) for one in by_month(PriceFinding.objects.all())] == [(date(2026, 3, 1), 4)]


def test_what_is_within_the_tolerance_or_explained_by_another_agreed_price_is_right(matrix: Matrix) -> None:
    product, precise = ProductFactory(), ProductFactory()
    programme = ProgrammeFactory(customer=matrix.acme_us)
    agreement(line(product, 9), line(precise, "0.1234", decimals=4), customer=matrix.acme_us)
    agreement(line(product, 8), customer=matrix.acme_us, programme=programme)
    us = matrix.acme_us_plant, matrix.usa
    of_programme, tolerated, beyond = sold(*us, product, 80), sold(*us, product, 91), sold(*us, precise, 130, 1000)
    assert set(found()) == {tolerated.pk, beyond.pk}, "the last decimal of the price is the rounding, not a cent"
    ParameterValue.objects.create(
        key="orders.wrong_price_tolerance", scope=f"location:{matrix.usa.pk}", value="2", period=period(None)
    )
    after = found()
    assert after[tolerated.pk].status == "corrected" and after[beyond.pk].status == "open" and of_programme.pk not in after


def test_imports_agreements_and_undoing_have_lines_checked(company: Company) -> None:
    made = agreement(line(company.product, 9), customer=company.customer)
    first = record(company.line(net=100), company.line(line="20", net=90))
    job = Job.objects.get(kind="orders.check_prices")
    assert job.params == {"batch": first.pk} and job.actor is None
    assert run_check(job, lambda *_progress: None) == {"looked_at": 2, "wrong": 1}
    assert run_check(job, lambda *_progress: None) == {"looked_at": 2, "wrong": 1}, "twice without harm"
    finding = PriceFinding.objects.get()
    assert (finding.number, finding.status, finding.agreement) == ("10", "open", made)
    explain_price(finding, actor=None, reason="A sample")
    second = record(company.line(net=110))
    find_wrong_prices(batch=second.pk)
    finding.refresh_from_db()
    assert (finding.charged, finding.status, finding.reason) == (110, "open", ""), "what was explained was another figure"
    third = record(company.line(net=90))
    find_wrong_prices(batch=third.pk)
    finding.refresh_from_db()
    assert (finding.status, finding.decided_by, finding.charged) == ("corrected", None, 110)
    assert finding.line == SalesLine.objects.current().get(number="10")
    find_wrong_prices(batch=undo_sales(third, actor=None).pk)
    finding.refresh_from_db()
    assert (finding.status, finding.charged) == ("open", 110), "the ledger has the wrong price again"
    settle_price(finding, actor=None, reason="Credit note 91000817")
    find_wrong_prices(agreement=made.pk)
    finding.refresh_from_db()
    assert finding.status == "corrected", "what somebody has settled stays so while its figures do"
    fourth = record(company.line(line="30", net=70))
    find_wrong_prices(batch=fourth.pk)
    assert PriceFinding.objects.get(number="30").status == "open"
    find_wrong_prices(batch=undo_sales(fourth, actor=None).pk)
    assert PriceFinding.objects.get(number="30").status == "corrected", "the ledger no longer has it"


def test_as_many_queries_for_many_right_lines_as_for_few(matrix: Matrix) -> None:
    counts = []
    for number in (2, 20):
        product = ProductFactory()
        made = agreement(line(product, 10), plant=matrix.acme_us_plant)
        for _turn in range(number):
            sold(matrix.acme_us_plant, matrix.usa, product, 100)
        with CaptureQueriesContext(connection) as asked:
            find_wrong_prices(agreement=made.pk)
        counts.append(len(asked.captured_queries))
    assert counts[0] == counts[1]


def test_a_wrong_price_is_claimed_explained_corrected_and_opened_again(
    matrix: Matrix, nothing_changed: Callable[..., Any]
) -> None:
    finding = wrong_price(matrix.acme_us_plant, matrix.usa)
    refused: list[tuple[Any, Any, str, str]] = [
        (explain_price, matrix.account_manager, " ", "reason_needed"),
        (settle_price, matrix.account_manager, "", "reason_needed"),
        (reopen_price, matrix.account_manager, "", "reason_needed"),
        (reopen_price, matrix.account_manager, "A mistake", "wrong_status"),
    ]
    for act, actor, reason, code in refused:
        with nothing_changed(), pytest.raises(Denied) as denied:
            act(finding, actor=actor, reason=reason)
        assert denied.value.code == code
    unsent: list[tuple[Any, str, str]] = [
        (matrix.area_manager_de, "buyer@acme.example", "not_permitted"),
        (matrix.management, "buyer@acme.example", "not_permitted"),
        (matrix.area_manager_us, " ", "no_recipient"),
    ]
    for actor, sent_to, code in unsent:
        with nothing_changed(), pytest.raises(Denied) as denied:
            claim_price(finding, actor=actor, sent_to=sent_to)
        assert denied.value.code == code
    claim_price(finding, actor=matrix.area_manager_us, sent_to="buyer@acme.example")
    settle_price(finding, actor=matrix.account_manager, reason="Credit note 91000817")
    finding.refresh_from_db()
    assert (finding.status, finding.reason, finding.decided_by) == ("corrected", "Credit note 91000817", matrix.account_manager)
    with nothing_changed(), pytest.raises(Denied):
        claim_price(finding, actor=matrix.account_manager, sent_to="buyer@acme.example")
    reopen_price(finding, actor=matrix.account_manager, reason="It was for another line")
    finding.refresh_from_db()
    assert (finding.status, finding.reason, finding.decided_by, finding.decided_at) == ("open", "", None, None)


def test_the_letter_says_both_prices_in_the_customers_language(
    matrix: Matrix, nothing_changed: Callable[..., Any], tmp_path: Path
) -> None:
    matrix.acme_us.language = "de"
    matrix.acme_us.save()
    finding = wrong_price(matrix.acme_us_plant, matrix.usa)
    wrong_price(matrix.acme_us_plant, matrix.usa, agreed=12)
    other = wrong_price(matrix.acme_us_plant, matrix.germany)
    letter = price_letter_print(str(finding.pk), actor=matrix.area_manager_us)
    assert (letter.language, letter.title, len(letter.data["rows"])) == ("de", "Preiskorrektur", 2)
    first = next(row for row in letter.data["rows"] if row[0] == str(finding))
    assert first[4:] == ["9,00", "10,00", "−10,00"]
    assert [row[-1] for row in letter.data["totals"]] == ["10,00", "20,00"]
    assert "10,00 EUR" in letter.data["closing"]
    assert render(letter, tmp_path / "letter.pdf", actor=matrix.area_manager_us) == 1
    for key, actor in ((str(other.pk), matrix.area_manager_us), ("x", matrix.sales_manager), (str(finding.pk), matrix.nobody)):
        with nothing_changed(), pytest.raises(Denied):
            price_letter_print(key, actor=actor)
    for one in PriceFinding.objects.all():
        explain_price(one, actor=None, reason="Right")
    with pytest.raises(Denied) as denied:
        price_letter_print(str(finding.pk), actor=matrix.sales_manager)
    assert denied.value.code == "nothing_to_claim"


def test_a_letter_is_kept_as_it_was_sent_with_everything_that_it_tells(
    matrix: Matrix, nothing_changed: Callable[..., Any]
) -> None:
    matrix.acme_us.language = "de"
    matrix.acme_us.save()
    finding = wrong_price(matrix.acme_us_plant, matrix.usa)
    second = wrong_price(matrix.acme_us_plant, matrix.usa, agreed=12)
    apart = wrong_price(matrix.acme_us_plant, matrix.germany)
    claim_price(finding, actor=matrix.area_manager_us, sent_to=" buyer@acme.example ")
    for one in (finding, second, apart):
        one.refresh_from_db()
    assert (finding.status, second.status, apart.status) == ("claimed", "claimed", "open")
    letter = PriceLetter.objects.get()
    assert (letter.sent_to, letter.sent_by, letter.language) == ("buyer@acme.example", matrix.area_manager_us, "de")
    assert (letter.to_credit, letter.to_recover, [row["difference"] for row in letter.lines]) == (
        10,
        20,
        ["10.000000", "-20.000000"],
    )
    settle_price(finding, actor=matrix.account_manager, reason="Credit note 91000817")
    job = Job.objects.get(kind="orders.keep_price_letter")
    run_job(job.pk)
    letter = PriceLetter.objects.for_list().get()
    paper = letter.paper
    assert paper is not None and paper.type.code == "print" and len(paper.sha256) == 64 and paper.language == "de"
    assert paper.title == "Preiskorrektur ACME Conveyors Inc. · buyer@acme.example"
    told = letter_as_sent(letter).data
    assert len(told["rows"]) == 2 and "10,00 EUR" in told["closing"], "what was settled since then stood in it"
    assert keep_again(job, None) == {"kept": 0}, "once"
    with nothing_changed(), pytest.raises(DatabaseError), transaction.atomic():
        PriceLetter.objects.update(sent_to="somebody@else.example")
    with nothing_changed(), pytest.raises(DatabaseError), transaction.atomic():
        letter.delete()

    page = browser(matrix.area_manager_us).get(finding.get_absolute_url()).content.decode()
    assert letter.get_absolute_url() in page and paper.sha256 in page
    page = browser(matrix.account_manager).get(letter.get_absolute_url()).content.decode()
    assert paper.get_absolute_url() in page and str(second) in page
    shown = api_client(matrix.account_manager).get(f"/api/v1/price-letters/?finding={second.pk}").json()["results"]
    assert [(one["sent_to"], one["document"], one["sha256"]) for one in shown] == [("buyer@acme.example", paper.pk, paper.sha256)]
    assert [line["difference"] for line in shown[0]["lines"]] == ["10.000000", "-20.000000"]
    for stranger in (matrix.area_manager_de, matrix.account_manager2, matrix.nobody):
        assert browser(stranger).get(letter.get_absolute_url()).status_code == 404
        assert api_client(stranger).get(f"/api/v1/price-letters/{letter.pk}/").status_code == 404
    assert api_client(matrix.sales_manager).get(f"/api/v1/price-letters/?customer={matrix.beta.pk}").json()["results"] == []


def test_screens_and_api_show_each_reader_their_own(matrix: Matrix) -> None:
    own, theirs = wrong_price(matrix.acme_us_plant, matrix.usa), wrong_price(matrix.beta_plant, matrix.germany)
    for user, seen, hidden in (
        (matrix.account_manager, own, theirs), (matrix.area_manager_us, own, theirs), (matrix.account_manager2, theirs, own),
    ):  # fmt: skip
        client = api_client(user)
        rows = client.get("/api/v1/price-findings/").json()["results"]
        assert [row["id"] for row in rows] == [seen.pk] and client.get(f"/api/v1/price-findings/{hidden.pk}/").status_code == 404
        sums = client.get("/api/v1/price-findings/figures/").json()
        assert [(one["count"], one["to_credit"]) for one in sums["customers"]] == [(1, "10.00")]
        pages = browser(user)
        listed = pages.get("/wrong-prices/").content.decode()
        assert str(seen) in listed and str(hidden) not in listed
        page = pages.get(seen.get_absolute_url()).content.decode()
        assert seen.agreement.number in page and "k-points" in page
        assert pages.get(hidden.get_absolute_url()).status_code == 404
        assert pages.get("/wrong-prices/figures/").status_code == 200
    panel = browser(matrix.account_manager).get(f"/customers/{matrix.acme_us.pk}/wrong-prices/").content.decode()
    assert str(own) in panel
    answer = api_client(matrix.account_manager).post(f"/api/v1/price-findings/{own.pk}/explain/", {"reason": "A sample"})
    assert answer.status_code == 200 and answer.json()["status"] == "explained"
