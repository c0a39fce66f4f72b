"""Customers' open items for tests, each with its location's list."""

from datetime import date
from decimal import Decimal
from typing import Any

from orders.models import OpenItem, OpenItemList
from tests.factories.accounts import CustomerFactory

AS_OF = date(2026, 3, 31)


def open_item(customer: Any = None, location: Any = None, amount: Any = 1000, **values: Any) -> OpenItem:
    """An invoice of 16 January 2026 over 1,000 EUR, due after 60 days, on the list of 31 March."""
    customer = customer or CustomerFactory()
    location = location or customer.plants.get().services.first().location
    OpenItemList.objects.get_or_create(location=location, defaults={"system": "SAP", "as_of": values.pop("as_of", AS_OF)})
    known = {
        "document_number": f"91{OpenItem.objects.count():06d}",
        "date": date(2026, 1, 16),
        "due_on": date(2026, 3, 17),
        "currency": "EUR",
        "amount": amount,
        "open_amount": amount,
        "base_open": Decimal(amount),
    }
    made: OpenItem = OpenItem.objects.create(customer=customer, selling_location=location, **known | values)
    return made
