"""What the endpoints of plans share: the columns of every record, and how amounts and quantities are bounded."""

from typing import Any

IDENTITY = ["id", "version", "created_at", "updated_at"]
MONEY: dict[str, Any] = {"max_digits": 18, "decimal_places": 2, "min_value": 0}
QUANTITY: dict[str, Any] = {"max_digits": 18, "decimal_places": 3, "min_value": 0}
