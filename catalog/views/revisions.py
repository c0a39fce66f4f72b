"""Pages of product revisions: list, page with its drawing, forms, release."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.views.customer import choices
from catalog.actions import create_revision, edit_revision
from catalog.filters import RevisionFilter
from catalog.forms import ReleaseForm, RevisionCreateForm, RevisionForm
from catalog.models import Product, ProductRevision
from catalog.views.lists import SheetList
from kam.core.documents import Document
from kam.core.tables import Column
from kam.core.views import Fact, FormPage, RecordPage, VerbView
from kam.core.views.record import VerbButton


class RevisionList(SheetList):
    """Every revision with its drawing number."""

    model = ProductRevision
    title = _("Product revisions")
    icon = "ruler"
    kind = "catalog.product_revisions"
    filterset_class = RevisionFilter
    default_order = ("drawing_number",)
    create_url = "catalog:product_revision_create"
    create_verb = "catalog.create_revision"
    create_label = _("New revision")
    tabs = ((_("Drafts"), "status=draft"), (_("Released"), "status=released"))
    empty_title = _("No revisions yet")
    columns = (
        Column("drawing_number", _("Drawing number"), sort="drawing_number", link=True),
        Column("level", _("Revision level"), sort="level"),
        Column("product", _("Product"), value="product.code", sort="product__code", second="product.name"),
        Column("status", _("Status"), kind="status", sort="status"),
        Column("effective_from", _("Effective from"), kind="date", sort="period"),
        Column("effective_until", _("Effective until"), kind="date"),
        Column(
            "released_by", _("Released by"), value=lambda row: row.released_by or "", sort="released_by__last_name", default=False
        ),
        Column("description", _("What changes"), default=False),
    )


class RevisionPage(RecordPage):
    """A revision: its drawing, beside that of another one if asked, since when it holds, and who released it."""

    model = ProductRevision
    template_name = "catalog/revision_page.html"
    list_url = "catalog:product_revision_list"
    number_field = "drawing_number"
    edit_url = "catalog:product_revision_edit"
    edit_verb = "catalog.edit_revision"
    buttons = (
        VerbButton("catalog.release_revision", "catalog:product_revision_release", "badge-check", page=True, primary=True),
    )

    def crumbs(self) -> list[tuple[Any, str]]:
        product = self.record.product
        return [(_("Products"), reverse("catalog:product_list")), (product.code, f"{product.get_absolute_url()}?tab=revisions")]

    def facts(self) -> list[Fact]:
        one = self.record
        return [
            Fact(_("Product"), one.product, one.product.get_absolute_url()),
            Fact(_("Revision level"), one.level),
            Fact(_("Drawing number"), one.drawing_number),
            Fact(_("What changes"), one.description),
            Fact(_("Effective from"), one.effective_from),
            Fact(_("Effective until"), one.effective_until),
            Fact(_("Released by"), one.released_by),
        ]

    def context(self) -> dict[str, Any]:
        others = self.rows().filter(product=self.record.product_id).exclude(pk=self.record.pk).select_related("product")
        asked = self.request.GET.get("beside", "")
        beside = next((one for one in others if str(one.pk) == asked), None)
        draft = self.record.status == ProductRevision.Status.DRAFT
        context = super().context()
        return context | {
            "drawings": self._drawings(self.record),
            "others": others,
            "beside": beside,
            "beside_drawings": self._drawings(beside) if beside else [],
            "can_edit": context["can_edit"] and draft,
            "can_discard": draft and self.may("catalog.discard_revision"),
        }

    def _drawings(self, revision: ProductRevision) -> Any:
        return Document.objects.visible_to(self.reader).about(revision).for_list()


class RevisionCreate(FormPage):
    """Draft a revision."""

    model = ProductRevision
    form_class = RevisionCreateForm
    verb = "catalog.create_revision"
    creates = True
    title = _("New revision")
    success = _("Revision drafted. Attach its drawing, then release it.")
    cancel_url = "/product-revisions/"

    def act(self, form: Any) -> Any:
        return create_revision(ProductRevision, actor=self.reader, **form.values())


class RevisionEdit(FormPage):
    """Change a draft."""

    model = ProductRevision
    form_class = RevisionForm
    verb = "catalog.edit_revision"
    title = _("Edit revision")

    def act(self, form: Any) -> Any:
        return edit_revision(self.record, actor=self.reader, **form.values())


class RevisionRelease(VerbView):
    """Release a draft from a day on."""

    model = ProductRevision
    verb = "catalog.release_revision"
    form_class = ReleaseForm
    text = _("The revision before is superseded and ends the day before. A released revision is not changed any more.")


class RevisionDiscard(VerbView):
    """Delete a draft."""

    model = ProductRevision
    verb = "catalog.discard_revision"
    reason = True
    dangerous = True
    text = _("The draft is deleted; its history stays.")

    def next_address(self, result: Any) -> str:
        return str(Product.objects.visible_to(self.reader).get(pk=self.record.product_id).get_absolute_url())


revision_choices = choices(RevisionFilter)
