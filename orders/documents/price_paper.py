"""Keeping the print of an agreement or price list as it was sent: made once, in the background, of what was chosen at the sending."""

from datetime import date
from typing import Any

from catalog.models import CustomerItem
from kam.core.jobs import Job
from kam.core.kept_prints import keep_print
from kam.core.periods import period
from kam.core.printing import Contents
from orders.actions.price_papers import kept
from orders.documents.agreement import agreement_contents
from orders.documents.price_list import list_contents
from orders.models import AgreementLine, PriceAgreement, PricePaper


def keep_paper(job: Job, report: Any) -> dict[str, int]:
    """The job kind `orders.keep_price_paper`: print a paper that was sent and keep it; a second run finds it done."""
    paper = PricePaper.objects.for_list().get(pk=job.params["paper"])
    if paper.document_id is not None:
        return {"kept": 0}
    document = keep_print(
        paper, paper_contents(paper), report, by=paper.issued_by, on=paper.issued_at.date(), at=paper.issued_at,
        title=f"{paper} · {paper.sent_to}", number=paper.agreement.number if paper.agreement else "",
    )  # fmt: skip
    paper.document, paper.sha256 = document, document.sha256
    paper.save()
    kept(paper)
    return {"kept": 1}


def paper_contents(paper: PricePaper) -> Contents:
    """What a paper says: the prices as they stood when it was sent, whatever ended since; item numbers as the sender reads them."""
    items = CustomerItem.objects.all()
    if paper.issued_by is not None:
        items = CustomerItem.objects.visible_to(paper.issued_by)
    if paper.agreement is not None:
        agreement = PriceAgreement.objects.for_list().get(pk=paper.agreement.pk)
        agreement.period = _period(*paper.stood["days"])
        return agreement_contents(agreement, items, _as_they_stood(paper, agreement.lines.for_list()))
    assert paper.customer is not None
    lines = _as_they_stood(paper, AgreementLine.objects.for_price_list())
    now = [line for line in lines if line.first_day <= paper.day]
    return list_contents(paper.customer, paper.day, now, [line for line in lines if line not in now], items)


def _as_they_stood(paper: PricePaper, rows: Any) -> list[Any]:
    """The lines of a paper with the days that they had when it was sent, in its order."""
    found = rows.in_bulk([key for key, _first, _last in paper.stood["lines"]])
    for key, first, last in paper.stood["lines"]:
        found[key].period = _period(first, last)
    return [found[key] for key, _first, _last in paper.stood["lines"]]


def _period(first: str, last: str | None) -> Any:
    return period(date.fromisoformat(first), date.fromisoformat(last) if last else None)
