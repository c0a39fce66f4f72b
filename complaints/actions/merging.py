"""What a merge of two customers does to complaints: they go with the plants; the deadlines that the customer imposes move."""

from collections.abc import Iterator

from accounts.models import Customer
from complaints.models import CustomerDeadline
from kam.core.touches import Touch, move


def move_deadlines(source: Customer, target: Customer, *, write: bool) -> Iterator[Touch]:
    """Deadlines of a company that is merged into another one hold for that one; what that one asks for already goes before them."""
    yield from move(CustomerDeadline.objects.filter(customer=source), {"customer": target}, write=write)
