"""The evidence of one order as a page that prints, and the page on which an auditor looks at all of them."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from kam.core import clock
from kam.core.samples import word_of
from kam.core.views import Page, Signed
from orders.actions.evidence import CUSTOMERS, READERS, start_evidence
from orders.models import Order
from orders.reports.order_evidence import back_dated, confirmed_unreviewed, drawn_orders, drawn_reviews, trail
from orders.views.order_cockpit import refuse_without_orders

SHOWN, SAMPLE = 50, 10


class OrderEvidence(Page):
    """What led to an order and what became of it: who, when, and where it can be looked at."""

    model = Order
    title = _("Evidence")
    template_name = "orders/order_evidence.html"

    def context(self) -> dict[str, Any]:
        record = self.record_or_404()
        return super().context() | {
            "title": _("Evidence of %(order)s") % {"order": record.name},
            "record": record,
            "trail": trail(record, self.reader),
            "at": clock.now(),
            "reader": self.reader,
            "customer_language": record.get_language_display() if record.language != self.reader.language else "",
        }


class OrderEvidenceFile(Signed):
    """Have the evidence printed, or packed with every document that it names."""

    model = Order
    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Start it."""
        language = CUSTOMERS if request.POST.get("language") == CUSTOMERS else READERS
        documents = request.POST.get("kind") != "print"
        job = start_evidence(self.record_or_404(), actor=self.reader, documents=documents, language=language)
        return self.done(job.get_absolute_url())


class OrderAudit(Page):
    """What was confirmed before its review, what was entered late, and orders drawn by chance."""

    model = Order
    title = _("Order audit")
    template_name = "orders/order_audit.html"

    def context(self) -> dict[str, Any]:
        refuse_without_orders(self.reader)
        seed = word_of(self.request)
        unreviewed = confirmed_unreviewed(self.reader)
        return super().context() | {
            "unreviewed": unreviewed[:SHOWN],
            "count": unreviewed.count(),
            "back_dated": back_dated(self.reader, SHOWN),
            "seed": seed,
            "sample": drawn_orders(self.reader, seed, SAMPLE),
            "reviews": drawn_reviews(self.reader, seed, SAMPLE),
        }
