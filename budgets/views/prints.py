"""The buttons that have papers of plans printed or issued, and the list of what was issued."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from budgets.actions.papers import VERB, start_issuing
from budgets.documents import letter_key
from budgets.filters import IssuedPaperFilter
from budgets.models import Budget, BudgetRound, IssuedPaper, QuantityPlan
from kam.core.jobs import Job
from kam.core.tables import Column
from kam.core.views import ListPage, PrintView

#: So many of the last issued prints stand on a record's page; all of them are a list.
SHOWN = 5


class IssuablePrint(PrintView):
    """A print that is looked at, or with `issue` issued: printed and kept as it is."""

    def start(self, key: str, title: str, record: Any) -> Job:
        """Its job."""
        if "issue" in self.request.POST:
            return start_issuing([(self.printed, key)], actor=self.reader, title=title)
        return super().start(key, title, record)


class BookPrint(IssuablePrint):
    """The book of a round."""

    model: Any = BudgetRound
    printed = "budgets.budget_book"

    def key(self, record: Any) -> str:
        return f"{'budget' if isinstance(record, Budget) else 'round'}:{record.pk}"


class BudgetBookPrint(BookPrint):
    """The book of one budget."""

    model = Budget


class LetterPrint(IssuablePrint):
    """The target letter of whoever prepared a budget, for the year of its round."""

    model = Budget
    printed = "budgets.target_letter"

    def key(self, record: Any) -> str:
        return letter_key(record.contributor, record.round.first_month, actor=self.reader)

    def title(self, record: Any) -> str:
        return f"{_('Target letter')} {record.round.year} · {record.contributor}"


class QuantityPrint(IssuablePrint):
    """The quantity plan of a location."""

    model = QuantityPlan
    printed = "budgets.quantity_sheet"


class PaperList(ListPage):
    """Prints as they were issued."""

    model = IssuedPaper
    title = _("Issued prints")
    icon = "archive"
    breadcrumb = ((_("Budgets"), "/budgets/"),)
    filterset_class = IssuedPaperFilter
    default_order = ("-issued_at",)
    empty_title = _("Nothing was issued yet")
    empty_text = _("Target letters and quantity plans are issued when targets are published; other prints with the button Issue.")
    columns = (
        Column("title", _("Print"), link=True, second="get_kind_display"),
        Column("versions", _("Version")),
        Column("person", _("Recipient"), value="person"),
        Column("issued_at", _("Issued"), kind="moment", sort="issued_at"),
        Column("issued_by", _("Issued by"), value="issued_by"),
        Column("sha256", "SHA-256", value=lambda row: row.document.sha256 if row.document else "", default=False),
    )


def papers_of(reader: Any, **about: Any) -> dict[str, Any]:
    """The last issued prints about a record, and whether the reader may issue one, for its page."""
    rows: QuerySet[IssuedPaper] = IssuedPaper.objects.visible_to(reader).filter(**about).for_list()
    return {"papers": list(rows.order_by("-issued_at", "-pk")[:SHOWN]), "may_issue": reader.may(VERB)}
