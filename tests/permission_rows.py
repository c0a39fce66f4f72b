"""The words of the table of rights: what a row of it says, and the short ways to say it."""

from dataclasses import dataclass, field
from typing import Any

#: Kinds that belong to an account: a role there opens them, no role at all opens none.
CUSTOMERS = {
    "group", "global_account", "customer", "plant", "contact", "activity", "promise", "customer_item", "programme",
    "assignment", "about", "document", "link", "document_entry", "document_in_hand",
}  # fmt: skip
#: Of these the area manager of another plant of the same global account sees the card, and does nothing there.
CARDS = {"group", "global_account", "customer", "plant", "contact", "activity", "assignment", "about"}


@dataclass(frozen=True)
class Row:
    """One address: the kind of row that its key names ("" without one), who may by method, and what must be true before a verb.

    `others`: who may do the verbs on a row that is another person's or location's but seen by all, or seen as a card.
    """

    kind: str
    who: dict[str, str]
    before: dict[str, Any] = field(default_factory=dict)
    others: str = ""
    asks: bool = False

    def reading(self, method: str) -> bool:
        """Whether this method only shows the row (a page that asks before a verb is part of the verb)."""
        return method == "GET" and not self.asks


def reads(kind: str = "", who: str = "*") -> Row:
    """A page or an endpoint to read."""
    return Row(kind, {"GET": who})


def lists(who: str = "*") -> Row:
    """A list page: its layout, views and export are posted to it."""
    return Row("", {"GET": who, "POST": who})


def form(kind: str, who: str, *, others: str = "", **before: Any) -> Row:
    """A page that asks and does."""
    return Row(kind, {"GET": who, "POST": who}, before, others, asks=True)


def posts(kind: str, who: str, *, others: str = "", **before: Any) -> Row:
    """A verb that is only posted."""
    return Row(kind, {"POST": who}, before, others)


def many(create: str) -> Row:
    """A collection of the API: read by everybody, added to by these."""
    return Row("", {"GET": "*", "POST": create})


def one(kind: str, edit: str, delete: str = "", *, others: str = "") -> Row:
    """A record of the API: read by whoever sees it, changed by these."""
    return Row(kind, {"GET": "*", "PUT": edit, "PATCH": edit} | ({"DELETE": delete} if delete else {}), {}, others)
