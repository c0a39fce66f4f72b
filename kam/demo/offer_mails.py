"""The demonstration's mails around offers: sent with their print, answered, the answers filed; and workbooks of customers with their mappings."""

import io
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from tempfile import TemporaryDirectory

import xlsxwriter
from django.core.files.base import ContentFile

from kam.core import clock
from kam.core.documents import Document
from kam.core.jobs import Job
from kam.demo import stage
from kam.demo.prices import author_of
from orders.actions import fill_workbook, take_workbook
from orders.actions.offer_papers import kept_print, letter_of
from orders.actions.replies import file_reply, token_of
from orders.documents.keeping import run as keep_print
from orders.models import Offer, OfferMail, OfferWorkbook

#: How many offers that are with a customer are mailed, and which of them are answered: every second one.
MAILED = 8
ANSWERS = {
    "it": (
        "Buongiorno,\n\ngrazie dell'offerta. Possiamo avere la consegna in quattro settimane?\n\nCordiali saluti",
        "Buongiorno,\n\nconfermate che il certificato 3.1 è compreso nel prezzo?\n\nCordiali saluti",
    ),
    "de": (
        "Guten Tag,\n\nvielen Dank für Ihr Angebot. Ist eine Lieferung in vier Wochen möglich?\n\nMit freundlichen Grüßen",
        "Guten Tag,\n\nist das Zeugnis 3.1 im Preis enthalten?\n\nMit freundlichen Grüßen",
    ),
    "en": (
        "Hello,\n\nthank you for your offer. Could you deliver within four weeks?\n\nBest regards",
        "Hello,\n\nplease confirm that the 3.1 certificate is included in the price.\n\nBest regards",
    ),
}
AUTOMATIC = {"it": "Assente fino a lunedì", "de": "Abwesend bis Montag", "en": "Out of office until Monday"}
HEADERS = ("Pos", "Supplier part no.", "Description", "Qty", "Unit price", "Currency", "Lead time", "Total")
#: What the columns of that workbook take of an offer; the last one keeps its formula.
COLUMNS = {"B": "by_product", "C": "description", "D": "quantity", "E": "each", "F": "currency", "G": "delivery"}
SHEET, HEADER_ROW, FILLED = "Quote", 3, 3


@dataclass(frozen=True)
class _Folder:
    """Where the print of an offer is made."""

    path: Path

    def file(self, name: str) -> Path:
        """The path of a file in it."""
        return self.path / name


def make() -> None:
    """Mail the offers that are with customers, file what they answered, and fill the workbooks that some of them sent."""
    out = Offer.objects.for_list().filter(status__in=(Offer.Status.SENT, Offer.Status.IN_NEGOTIATION)).order_by("-sent_at", "pk")
    for place, offer in enumerate(out[:MAILED]):
        assert offer.sent_at is not None
        with stage.at((offer.sent_at.astimezone(stage.SEAT).date() - stage.day(0)).days, hour=10):
            mail = _mailed(offer)
        if place % 2 == 0:
            with stage.at(-1, hour=9 + place):
                _answered(mail, place)
    _workbooks(list(out))


def _mailed(offer: Offer) -> OfferMail:
    """A mail with the print of an offer as it was kept, that the server has taken."""
    with TemporaryDirectory(prefix="kam-") as folder:
        keep_print(Job(kind="orders.keep_offer", params={"offer": offer.pk}), _Folder(Path(folder)))
    paper = kept_print(offer)
    assert isinstance(paper, Document)
    subject, text = letter_of(offer, sender=offer.sent_by)
    mail: OfferMail = offer.mails.create(
        written_by=offer.sent_by, recipients=[offer.sent_to], subject=subject, text=text, document=paper, sha256=paper.sha256,
        state=OfferMail.State.SENT, sent_at=clock.now(), attempts=1,
    )  # fmt: skip
    return mail


def _answered(mail: OfferMail, place: int) -> None:
    """What the customer wrote back to the address for answers, or what their server did."""
    offer, language = mail.offer, mail.offer.language
    letter = EmailMessage()
    letter["From"] = f"{offer.contact or 'Purchasing'} <{mail.recipients[0]}>"
    letter["To"] = f"offers+{token_of(mail)}@kam.example"
    letter["Message-ID"] = f"<answer-{place}-{offer.pk}@customer.example>"
    letter["In-Reply-To"] = mail.message_id
    if place == 2:
        letter["Auto-Submitted"] = "auto-replied"
    letter["Subject"] = AUTOMATIC[language] if place == 2 else f"Re: {mail.subject}"
    letter.set_content(AUTOMATIC[language] if place == 2 else ANSWERS[language][place // 2 % 2])
    file_reply(letter.as_bytes())


def _workbooks(out: list[Offer]) -> None:
    """Three customers sent a workbook that was filled; one of them sent the next one, whose columns are known again."""
    took: set[int] = set()
    for offer in out:
        if offer.plant.customer_id in took or len(took) == FILLED:
            continue
        took.add(offer.plant.customer_id)
        author = author_of(offer.plant.customer)
        with stage.at(-1, hour=14):
            book = take_workbook(OfferWorkbook, actor=author, offer=offer, file=_workbook(offer))
            fill_workbook(book, actor=author, sheet=SHEET, header_row=HEADER_ROW, columns=COLUMNS)
        if len(took) == 1:
            with stage.at(-1, hour=16):
                take_workbook(OfferWorkbook, actor=author, offer=offer, file=_workbook(offer))


def _workbook(offer: Offer) -> ContentFile:
    """The workbook of a buyer with a row for each line that they asked for; what it comes to is a formula of theirs."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        quote = book.add_worksheet(SHEET)
        bold, money = (
            book.add_format({"bold": True, "border": 1}),
            book.add_format({"num_format": "#,##0.00", "bg_color": "#FFFFCC"}),
        )
        quote.write("A1", offer.enquiry, bold)
        quote.write_row(f"A{HEADER_ROW}", HEADERS, bold)
        quote.set_column("B:C", 24)
        for row, line in enumerate(offer.lines.exclude(product=None).select_related("product"), start=HEADER_ROW + 1):
            quote.write(f"A{row}", line.position)
            assert line.product is not None
            quote.write(f"B{row}", line.product.code)
            quote.write_blank(f"E{row}", None, money)
            quote.write_formula(f"H{row}", f"=D{row}*E{row}", money, 0)
    return ContentFile(file.getvalue(), name=f"{offer.enquiry}.xlsx")
