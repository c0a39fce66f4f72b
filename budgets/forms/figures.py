"""How many places the figures of plans have in a form."""

from typing import Any

MONEY: dict[str, Any] = {"max_digits": 18, "decimal_places": 2, "min_value": 0}
QUANTITY: dict[str, Any] = {"max_digits": 18, "decimal_places": 3, "min_value": 0}
PRICE: dict[str, Any] = {"max_digits": 14, "decimal_places": 5, "min_value": 0}
