"""The letter of a price campaign as it was sent, which a job makes and keeps (orders.documents.keeping)."""

from kam.core.documents import Document
from kam.core.jobs import Job, start_job
from orders.models import CampaignCustomer


def start_keeping(row: CampaignCustomer) -> Job:
    """Have the letter that was sent to a customer made and kept, in nobody's name: no one waits for it, nobody is told."""
    return start_job("orders.keep_campaign_letter", actor=None, params={"row": row.pk, "title": str(row)})


def kept_letter(row: CampaignCustomer) -> Document | None:
    """The letter as it was sent, once it is there."""
    found: Document | None = Document.objects.about(row).filter(type__code="print").order_by("pk").first()
    return found
