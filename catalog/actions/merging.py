"""What a merge of two customers does to the catalogue: items and programmes go along; what the other has already stays where it is."""

from collections.abc import Iterator

from accounts.models import Customer
from catalog.models import CustomerItem, Programme
from kam.core.touches import Touch, move


def move_items(source: Customer, target: Customer, *, write: bool) -> Iterator[Touch]:
    """Customer items and programmes of a customer that is merged into another one."""
    for model in (CustomerItem, Programme):
        yield from move(model.objects.filter(customer=source), {"customer": target}, write=write)
