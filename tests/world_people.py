"""Who is in the world of the permission matrix, by letter, and how their rows are found."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from django.test import Client
from rest_framework.test import APIClient

from accounts.models import User
from tests import matrix

#: A letter for each person: account manager, area manager (of the American location), sales manager, back office,
#: technical, quality, production, logistics, finance, service (all of Italy), management, auditor, administrator, no role;
#: g is the area manager of the German location, who sees the American plant of the global account as a card only.
PEOPLE = {
    "a": "account_manager",
    "r": "area_manager_us",
    "s": "sales_manager",
    "b": "back_office_it",
    "t": "technical_it",
    "q": "quality_it",
    "p": "production_it",
    "l": "logistics_it",
    "f": "finance_it",
    "e": "service_it",
    "m": "management",
    "u": "auditor",
    "d": "administrator",
    "n": "nobody",
    "g": "area_manager_de",
}
EVERYWHERE = "smud"
WORDS = {"asker": "Ada", "asked": "Omega"}
LONG_AGO, LATER = datetime(2026, 1, 7, 9, tzinfo=UTC), date(2099, 1, 1)


@dataclass
class World:
    """Who there is, and their rows: `own[kind]` is one row for all, or one for each letter; `foreign` nobody's but EVERYWHERE's."""

    built: matrix.Matrix
    people: dict[str, User]
    own: dict[str, Any] = field(default_factory=dict)
    foreign: dict[str, Any] = field(default_factory=dict)
    others: dict[str, Any] = field(default_factory=dict)
    browsers: dict[str, Client] = field(default_factory=dict)
    clients: dict[str, APIClient] = field(default_factory=dict)

    def row(self, kind: str, which: str, letter: str) -> Any:
        """The row of a kind that is this person's own, foreign to them, or visible but another's; None where there is none."""
        found = {"own": self.own, "card": self.own, "foreign": self.foreign, "other": self.others}[which].get(kind)
        return found.get(letter) if isinstance(found, dict) else found
