"""Pages of the review checklist: its editions, one with its questions, and the publishing of the next one."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from catalog.views.products import LinesPage
from kam.core.tables import Column
from kam.core.views import Fact, ListPage, RecordPage
from orders.actions import publish_checklist
from orders.filters import ReviewChecklistFilter
from orders.forms import ChecklistForm
from orders.models import ReviewChecklist


class ChecklistList(ListPage):
    """The editions of the checklist, the one in force first."""

    model = ReviewChecklist
    title = _("Review checklist")
    icon = "list-checks"
    filterset_class = ReviewChecklistFilter
    default_order = ("-edition",)
    create_url = "orders:checklist_publish"
    create_verb = "orders.publish_checklist"
    create_label = _("Publish the next edition")
    empty_title = _("No checklist")
    empty_text = _("Publish the questions that each contract review asks.")
    columns = (
        Column("edition", _("Edition"), value=str, link=True, sort="edition"),
        Column("published_at", _("Published"), kind="moment"),
        Column("published_by", _("Published by"), value="published_by"),
        Column("why", _("What changed")),
    )


class ChecklistPage(RecordPage):
    """An edition with its questions."""

    model = ReviewChecklist
    template_name = "orders/checklist_page.html"
    list_url = "orders:checklist_list"
    icon = "list-checks"

    def facts(self) -> list[Fact]:
        one = self.record
        facts = [
            Fact(_("Published"), one.published_at),
            Fact(_("Published by"), one.published_by or ""),
            Fact(_("What changed"), one.why),
        ]
        return [fact for fact in facts if fact.value]

    def context(self) -> dict[str, Any]:
        return super().context() | {"questions": list(self.record.questions.order_by("position", "pk"))}


class ChecklistPublish(LinesPage):
    """Publish the next edition, beginning with the questions of the one in force."""

    model = ReviewChecklist
    form_class = ChecklistForm
    verb = "orders.publish_checklist"
    creates = True
    title = _("Publish the next edition")
    success = _("Published. Reviews that are open keep their edition.")
    cancel_url = "/review-checklists/"

    def initial(self) -> dict[str, Any]:
        last = ReviewChecklist.objects.visible_to(self.reader).order_by("-edition").first()
        return {"questions": last.questions.order_by("position", "pk") if last else []}

    def act(self, form: Any) -> Any:
        return self.run(publish_checklist, ReviewChecklist, form)
