"""The customer's order as a file that is wrong: no PDF, too large, with a virus; nothing is entered by it, and none is relied on."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import TemporaryUploadedFile

from kam.core import clock
from kam.core.documents import Document
from kam.core.uploads import ScanState
from kam.core.workflow import Denied
from orders.actions import create_order, edit_order, register_order
from orders.models import Order
from tests.core.test_documents import eicar, processed, scanner  # noqa: F401 - a fixture
from tests.factories.files import named, pdf
from tests.factories.offers import payment_term, priced_product
from tests.matrix import Matrix
from tests.pages import client_for


def entered(matrix: Matrix, paper: Any) -> Order:
    """An order of ACME in Italy with this paper."""
    made: Order = create_order(
        Order, actor=matrix.back_office_it, plant=matrix.acme_it_plant, selling_location=matrix.italy, customer_reference="PO 1",
        customer_date=clock.today(), requested_on=clock.today(), payment_term=payment_term(30), incoterms="FCA", incoterms_place="Arezzo", paper=paper, lines=[{"product": priced_product(), "quantity": 10}],
    )  # fmt: skip
    return made


def test_what_is_no_pdf_empty_or_too_large_enters_nothing(
    matrix: Matrix, nothing_changed: Callable[..., Any], settings: Any, tmp_path: Any
) -> None:
    settings.MEDIA_ROOT = str(tmp_path)
    payment_term(30), priced_product()
    huge = TemporaryUploadedFile("order.pdf", "application/pdf", 200 * 1024 * 1024, None)  # type: ignore[arg-type]
    for paper, code in (
        (named(b"MZ no paper", "order.pdf"), "file_kind"),
        (named(b"", "order.pdf"), "file_empty"),
        (huge, "file_size"),
    ):
        with pytest.raises(Denied) as refused:
            entered(matrix, paper)
        assert refused.value.code == code
        assert not Order.objects.exists() and not Document.objects.exists()
    assert "100 MB" in str(refused.value)
    assert list(tmp_path.rglob("*")) == []


@pytest.mark.usefixtures("scanner")
def test_an_infected_order_of_the_customer_is_locked_and_the_order_is_not_registered_by_it(matrix: Matrix) -> None:
    order = entered(matrix, named(eicar(), "order.txt"))
    assert order.incomplete == []
    paper = processed(order.documents.get())
    assert paper.scan_state == ScanState.INFECTED
    with pytest.raises(Denied) as refused:
        register_order(order, actor=matrix.back_office_it)
    assert refused.value.code == "incomplete"
    browser = client_for(matrix.back_office_it)
    assert browser.get(paper.get_absolute_url()).status_code in {403, 404, 409}
    assert f'href="{paper.get_absolute_url()}"' not in browser.get(order.get_absolute_url()).content.decode()
    clean = named(pdf("Please deliver"), "order.pdf")
    edit_order(order, actor=matrix.back_office_it, paper=clean)
    processed(order.documents.order_by("-pk").first())
    assert register_order(order, actor=matrix.back_office_it).status == "in_review"
