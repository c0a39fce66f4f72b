"""Whether a customer's notice of a defect came in time, by the contract or the law that governs it: shown, never applied (domain 6.4, AT-74)."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from complaints.models import Complaint
from kam.core.parameters import define, parameter
from orders.actions.order_law import law_of

CONTRACT = define(
    "complaints.notice_contract_days", default=0, unit="cd",
    label=_("Days from discovery within which the contract asks for the notice of a defect; 0: by law"),
)  # fmt: skip
#: Italy: civil code, article 1495. CISG (39) and HGB (377) name no number of days: they are to be checked by a person.
LAWS = define(
    "complaints.notice_law_days", default=["IT 8"],
    label=_("Days from discovery within which a law asks for the notice of a defect, as in “IT 8”"),
)  # fmt: skip


@dataclass(frozen=True)
class Notice:
    """What is to be said about the notice: the law, its term in days, by how many days it came late, and the words for it."""

    law: str
    term: int | None
    by_contract: bool
    late_by: int | None
    words: Any

    @property
    def tone(self) -> str:
        """The tone of its badge."""
        return "draft" if self.late_by is None else "no" if self.late_by else "ok"


def notice_of(complaint: Complaint) -> Notice:
    """How the notice stands to its term; a law that names no days, and days that nobody has said, are to be checked."""
    law = law_of(complaint)
    agreed = parameter(CONTRACT.key, [f"customer:{complaint.plant.customer_id}", *complaint.scopes])
    terms = {
        name.upper(): int(days)
        for name, _blank, days in (str(one).partition(" ") for one in parameter(LAWS.key))
        if days.isdecimal()
    }
    term = agreed or terms.get(law)
    if term is None or complaint.discovered_on is None or complaint.notified_on is None:
        return Notice(law, term, bool(agreed), None, _("to be checked"))
    late = (complaint.notified_on - (complaint.discovered_on + timedelta(days=term))).days
    if late <= 0:
        return Notice(law, term, bool(agreed), 0, _("in time (term %(term)d)") % {"term": term})
    words = ngettext_lazy("late by %(days)d day (term %(term)d)", "late by %(days)d days (term %(term)d)", late)
    return Notice(law, term, bool(agreed), late, words % {"days": late, "term": term})
