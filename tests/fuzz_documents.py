"""What the fuzz of the API needs of the register of documents: an entry that waits for each verb, a requirement of its own."""

import itertools
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.utils import timezone

from accounts.models import User
from catalog.models import DocumentEntry, DocumentRequirement, Transfer
from kam.core.periods import period
from tests import fuzz_subjects
from tests.factories.accounts import LocationFactory
from tests.factories.catalog import ProductFactory
from tests.factories.documents import document_type, entry_of, in_hand, required

number = itertools.count(1)


class Subjects(fuzz_subjects.Subjects):
    """Entries and requirements, made for one write each."""

    def documententry(self, verb: str, person: User) -> DocumentEntry:
        """An entry of the German company of the global account."""
        customer, code = self.built.acme_de, f"fuzz_{next(number)}"
        required(code)
        if verb == "check":
            in_hand(customer, code)
        entry = entry_of(customer, code)
        today = timezone.localdate()
        if verb == "remind":
            DocumentEntry.objects.filter(pk=entry.pk).update(requested_on=today, due_on=today)
        if verb == "require_again":
            DocumentEntry.objects.filter(pk=entry.pk).update(waived_at=timezone.now(), waiver="Not sold there")
        return entry

    def documentrequirement(self, verb: str, person: User) -> DocumentRequirement:
        """A requirement since last month."""
        return required(f"fuzz_{next(number)}", period=period(timezone.localdate() - timedelta(days=30)))

    def transfer(self, verb: str, person: User) -> Transfer:
        """A product that passes today from Italy to Germany."""
        product = ProductFactory(producing_location=self.built.italy)
        where = {"source": self.built.italy, "target": self.built.germany, "day": timezone.localdate()}
        return Transfer.objects.create(number=f"TR-FUZZ-{next(number)}", product=product, **where)


def _transfer(_key: int | None) -> Any:
    made = ProductFactory(producing_location=LocationFactory())
    return {
        "product": made.pk,
        "plant": None,
        "manager": None,
        "source": made.producing_location_id,
        "target": LocationFactory(country="DE").pk,
        "day": _day(3),
    }


def _day(after: int) -> str:
    return (timezone.localdate() + timedelta(days=after)).isoformat()


HINTS: dict[tuple[str, str], Callable[[int | None], Any]] = fuzz_subjects.HINTS | {
    ("transfer", "POST"): _transfer,
    ("documententry", "ask"): lambda _key: {"due_on": _day(9)},
    ("documententry", "remind"): lambda _key: {"due_on": _day(9)},
    ("documentrequirement", "POST"): lambda _key: {
        "type": document_type(f"fuzz_{next(number)}").pk, "subject": "item", "tier": "", "process": "series", "product_line": None,
        "first_day": _day(0),
    },
    ("documentrequirement", "change"): lambda _key: {"blocks": True, "first_day": _day(1)},
    ("documentrequirement", "end"): lambda _key: {"last_day": _day(1)},
}  # fmt: skip
