"""Having the evidence of an order written down: as a print, or as one file with everything that it names."""

from typing import Any

from kam.core.jobs import Job, start_job
from kam.core.printing import start_print
from orders.models import Order

READERS, CUSTOMERS = "reader", "customer"


def start_evidence(order: Order, *, actor: Any, documents: bool = True, language: str = READERS) -> Job:
    """Have the trail of an order printed in the reader's or the customer's language; with `documents` a zip of it with all that it
    names. What the actor may see is looked up when the work runs, and again when its file is fetched."""
    if not documents:
        return start_print("orders.order_evidence", f"{order.pk}:{language}", actor=actor, title=order.name, about=order)
    params = {"order": order.pk, "language": language, "title": order.name, "about": [order._meta.label_lower, order.pk]}
    return start_job("orders.evidence_file", actor=actor, params=params)
