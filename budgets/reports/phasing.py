"""How a year is spread over months and a total over rows: by weights, by a reference, equally; the parts always add up."""

from collections.abc import Sequence
from decimal import Decimal

from kam.core.money import allocate

MONTHS = 12
EQUAL = (Decimal(1),) * MONTHS


def spread(
    total: Decimal | int,
    weights: Sequence[Decimal | int],
    *,
    step: Decimal | int = Decimal("0.01"),
    held: Sequence[Decimal | int | None] | None = None,
) -> list[Decimal]:
    """A total over parts in proportion to weights, in multiples of `step`, by largest remainder (AT-12, AT-15).

    `held` names the parts that stay as they are (None for those that move); the others share what is left. Where the
    weights of those are all zero, they share equally. Raises ValueError where every part is held and they do not add up.
    """
    fixed = [None if part is None else Decimal(part) for part in held or [None] * len(weights)]
    free = [place for place, part in enumerate(fixed) if part is None]
    rest = Decimal(total) - sum((part for part in fixed if part is not None), Decimal(0))
    if not free:
        if rest:
            raise ValueError("every part is held, and together they are not the total")
        return [part for part in fixed if part is not None]
    moving = [Decimal(weights[place]) for place in free]
    shares = iter(allocate(rest, moving if any(moving) else [1] * len(free), step))
    return [next(shares) if part is None else part for part in fixed]
