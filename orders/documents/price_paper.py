"""Keeping the print of an agreement or price list as it was sent: made once, in the background, of what was chosen at the sending."""

from typing import Any

from catalog.models import CustomerItem
from kam.core.jobs import Job
from kam.core.kept_prints import keep_print
from kam.core.printing import Contents
from orders.actions.price_papers import kept
from orders.documents.agreement import agreement_contents
from orders.documents.price_list import list_contents
from orders.models import AgreementLine, PriceAgreement, PricePaper
from orders.reports.price_lists import prices_of


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
    """What a paper says: the agreement, or the list of the day of the agreements that its sender read; item numbers as the sender reads them."""
    items = CustomerItem.objects.all()
    if paper.issued_by is not None:
        items = CustomerItem.objects.visible_to(paper.issued_by)
    if paper.agreement is not None:
        return agreement_contents(PriceAgreement.objects.for_list().get(pk=paper.agreement.pk), items)
    lines = AgreementLine.objects.filter(agreement__in=paper.agreements.values("pk"))
    assert paper.customer is not None
    now, later = prices_of(paper.customer, paper.day, lines)
    return list_contents(paper.customer, paper.day, now, later, items)
