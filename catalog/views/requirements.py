"""Pages of what is required: the list of requirements, one, a new one, its change from a day on, and its end."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from catalog.actions import change_requirement, require_document
from catalog.filters import DocumentRequirementFilter
from catalog.forms import RequirementChangeForm, RequirementEndForm, RequirementForm
from catalog.models import DocumentRequirement
from catalog.views.commercial import PERIOD, VALIDITY_TABS, validity_badge
from kam.core.badges import Badge
from kam.core.tables import Column
from kam.core.views import Fact, FormPage, ListPage, RecordPage, VerbView
from kam.core.views.record import VerbButton
from kam.core.words import translated_name


class RequirementList(ListPage):
    """Which documents are required of whom."""

    model = DocumentRequirement
    title = _("Required documents")
    icon = "list-checks"
    filterset_class = DocumentRequirementFilter
    default_order = ("type__code", "subject", "tier", "process", "-period")
    create_url = "catalog:requirement_create"
    create_verb = "catalog.require_document"
    create_label = _("Require document")
    tabs = VALIDITY_TABS
    empty_title = _("No documents required")
    empty_text = _("Say which types of document are required of customers, plants, products, customer items and orders.")
    columns = (
        Column("type", _("Type of document"), value="type.name", link=True, sort=translated_name("type__")),
        Column("subject", _("Required of"), value="get_subject_display", sort="subject"),
        Column("tier", _("Tier"), value=lambda row: row.tier or _("all")),
        Column("process", _("Phase"), value=lambda row: row.get_process_display() or _("all")),
        Column("product_line", _("Product line"), value=lambda row: row.product_line.name if row.product_line else _("all")),
        Column("blocks", _("Blocks orders"), kind="yes"),
        Column("notes", _("Notes"), default=False),
        *PERIOD,
    )


class RequirementPage(RecordPage):
    """One requirement."""

    model = DocumentRequirement
    list_url = "catalog:requirement_list"
    icon = "list-checks"
    edit_url = "catalog:requirement_edit"
    edit_verb = "catalog.change_requirement"
    buttons = (VerbButton("catalog.end_requirement", "catalog:requirement_end", "archive", page=True),)

    def badges(self) -> list[Badge]:
        blocking = [Badge(_("Blocks orders"), "accent")] if self.record.blocks else []
        return [validity_badge(self.record), *blocking]

    def facts(self) -> list[Fact]:
        one = self.record
        return [
            Fact(_("Type of document"), one.type),
            Fact(_("Required of"), one.get_subject_display()),
            Fact(_("Tier of the customer"), one.tier or _("all")),
            Fact(_("Phase"), one.get_process_display() or _("all")),
            Fact(_("Product line"), one.product_line or _("all")),
            Fact(_("Valid from"), one.first_day),
            Fact(_("Valid until"), one.last_day),
            Fact(_("Notes"), one.notes),
        ]


class RequirementCreate(FormPage):
    """Require a type of document."""

    model = DocumentRequirement
    form_class = RequirementForm
    verb = "catalog.require_document"
    creates = True
    title = _("Require document")
    cancel_url = "/document-requirements/"

    def act(self, form: Any) -> Any:
        return require_document(DocumentRequirement, actor=self.reader, **form.values())


class RequirementEdit(FormPage):
    """Let a requirement block orders, or not, from a day on."""

    model = DocumentRequirement
    form_class = RequirementChangeForm
    verb = "catalog.change_requirement"
    title = _("Change requirement")

    def initial(self) -> dict[str, Any]:
        return {"blocks": self.record.blocks, "notes": self.record.notes}

    def act(self, form: Any) -> Any:
        return change_requirement(self.record, actor=self.reader, **form.values())


class RequirementEnd(VerbView):
    """Require it no more."""

    model = DocumentRequirement
    verb = "catalog.end_requirement"
    form_class = RequirementEndForm
