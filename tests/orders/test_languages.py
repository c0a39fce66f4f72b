"""Whose language is whose: papers speak the customer's, screens and our own papers the reader's, and the fonts know every letter of it."""

import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from django.utils import translation
from fontTools.ttLib import TTFont

from accounts.models import Customer, Plant
from kam.core.fonts import font_folders
from kam.core.jobs import run as run_job
from kam.core.printing import Contents, render, start_print
from orders.actions.order_papers import acknowledge_order
from orders.documents import offer_print, order_paper_print, review_print
from orders.models import Offer
from tests.factories.catalog import ProductFactory
from tests.factories.offers import offer_line, offered, priced_product
from tests.factories.reviews import reviewed_order
from tests.matrix import Matrix
from tests.pages import client_for, words

LETTERS = "à ü ß €"


@pytest.fixture
def printed(tmp_path: Path) -> Callable[[Contents, Any], str]:
    """The text of a paper as it comes out of the PDF."""

    def text(contents: Contents, actor: Any) -> str:
        path = tmp_path / "paper.pdf"
        render(contents, path, actor=actor)
        return text_of(pypdfium2.PdfDocument(str(path)))

    return text


def text_of(document: pypdfium2.PdfDocument) -> str:
    return " ".join(" ".join(page.get_textpage().get_text_bounded() for page in document).split())


@pytest.fixture
def german(matrix: Matrix) -> Plant:
    """The plant of a customer who reads German."""
    Customer.objects.filter(pk=matrix.acme_de.pk).update(language="de")
    return Plant.objects.get(pk=matrix.acme_de_plant.pk)


@pytest.fixture
def offer(matrix: Matrix, german: Plant) -> Offer:
    """An offer to them for 1,234.56 EUR; what is offered has every letter in its name that is asked for."""
    line = offer_line(priced_product(), 1, "1234.56", description=f"Zahnrad {LETTERS}")
    return offered(german, matrix.italy, line, status="approved", by=matrix.account_manager, approver=matrix.sales_manager)


def read_in(user: Any, language: str) -> Any:
    user.language = language
    user.save()
    return user


@pytest.mark.acceptance("AT-94")
def test_a_screen_speaks_its_readers_language_and_an_offer_the_customers(
    matrix: Matrix, offer: Offer, printed: Callable[[Contents, Any], str]
) -> None:
    assert offer.language == "de", "taken over from the customer"
    for language, label, figure in (("de", "Menge", "1.234,56"), ("it", "Quantità", "1.234,56"), ("en", "Quantity", "1,234.56")):
        reader = read_in(matrix.account_manager, language)
        answer = client_for(reader).get(offer.get_absolute_url())
        page = words(answer)
        assert (f'lang="{language}"' in answer.content.decode(), answer["Content-Language"]) == (True, language)
        assert label in page and figure in page, (language, page)
        with translation.override(language):
            paper = printed(offer_print(str(offer.pk), actor=reader), reader)
        for told in (
            "Angebot",
            "Menge",
            "Gültig bis",
            "Gesamtwert netto",
            "Mit freundlichen Grüßen",
            "Seite",
            "1.234,56",
            LETTERS,
        ):
            assert told in paper, (language, told)
        assert "1,234.56" not in paper and "Offerta" not in paper and "Quantity" not in paper


@pytest.mark.acceptance("AT-94")
def test_the_record_of_an_order_speaks_its_readers_language_and_its_paper_the_customers(
    matrix: Matrix, german: Plant, printed: Callable[[Contents, Any], str]
) -> None:
    line = {"product": ProductFactory(name_de=f"Zahnrad {LETTERS}"), "quantity": Decimal("1234.5"), "price": Decimal("1234.56")}
    review = reviewed_order(german, matrix.italy, line, by=matrix.back_office_it, language="de")
    assert review.order is not None
    acknowledge_order(review.order, actor=matrix.back_office_it, sent_to="Einkauf")
    paper = review.order.papers.get()
    for language, title in (("de", "Protokoll der Vertragsprüfung"), ("it", "Verbale di riesame del contratto")):
        reader = read_in(matrix.back_office_it, language)
        assert title in printed(review_print(str(review.pk), actor=reader), reader)
        answer = client_for(reader).get(review.order.get_absolute_url())
        assert answer["Content-Language"] == language and "1.234,56" in words(answer)
        told = printed(order_paper_print(str(paper.pk), actor=reader), reader)
        assert "Auftragseingangsbestätigung" in told and "1.234,5" in told and "Ricevuta" not in told


@pytest.mark.acceptance("AT-94")
def test_the_worker_prints_in_the_customers_language_whoever_asks(matrix: Matrix, offer: Offer) -> None:
    reader = read_in(matrix.account_manager, "it")
    with translation.override("it"):
        job = start_print("orders.offer", str(offer.pk), actor=reader, title="Offerta", about=offer)
        assert run_job(job.pk) == "done"
    job.refresh_from_db()
    paper = text_of(pypdfium2.PdfDocument(str(job.file_path)))
    assert "Gesamtwert netto" in paper and "1.234,56" in paper and LETTERS in paper


@pytest.mark.acceptance("AT-94")
@pytest.mark.parametrize("letter", [*LETTERS.replace(" ", ""), *"èéìòùäöÄÖÜÀÈ–…“”×²"])
def test_the_fonts_of_prints_have_every_letter_of_our_three_languages(letter: str) -> None:
    for folder in font_folders():
        for file in Path(folder).iterdir():
            assert ord(letter) in TTFont(file, lazy=True).getBestCmap(), f"{file.name} has no {letter}"


@pytest.mark.acceptance("AT-94")
def test_the_fonts_are_part_of_the_paper(offer: Offer, matrix: Matrix, tmp_path: Path) -> None:
    path = tmp_path / "paper.pdf"
    render(offer_print(str(offer.pk), actor=matrix.account_manager), path, actor=matrix.account_manager)
    fonts = set(re.findall(rb"/BaseFont ?/([A-Z]{6}\+[A-Za-z-]+)", path.read_bytes()))
    assert fonts and all(b"+Inter" in name or b"+NotoSans" in name for name in fonts), fonts
