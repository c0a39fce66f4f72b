"""What the quality system knows about papers, as data: types of documents and what they must state; print forms with their revision."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from kam.core.documents import FILED_TYPES, DocumentType
from kam.core.printing import PrintForm
from kam.core.shape import change
from kam.core.verbs import verb
from kam.core.workflow import Denied

NAMES = ("name_it", "name_en", "name_de")
DEMANDS = ("must_expire", "must_have_number", "must_have_revision")
OF_A_TYPE = (*NAMES, *DEMANDS, "warning_days", "is_active")
OF_A_FORM = (*NAMES, "procedure", "form", "revision", "revised_on")


@verb("core.create_document_type", _("Create document type"))
def create_document_type(
    rows: type[DocumentType], *, actor: Any, reason: str = "", code: str, name_en: str, **values: Any
) -> DocumentType:
    """Add a type of document; its code stays. Raises Denied where the code is taken or a value does not fit."""
    kind = rows()
    change(kind, {"code": code, "name_en": name_en, **values}, allowed=("code", *OF_A_TYPE))
    if DocumentType.objects.filter(code=kind.code).exists():
        raise Denied("code_taken", _("There is a document type with this code already."), field="code")
    kind.save()
    return kind


@verb("core.edit_document_type", _("Edit document type"))
def edit_document_type(kind: DocumentType, *, actor: Any, reason: str = "", **values: Any) -> DocumentType:
    """Change the names of a type and what one of it must state; documents that are there stay as they are. Raises Denied."""
    changed = change(kind, values, allowed=OF_A_TYPE)
    demanded = [name for name in DEMANDS if getattr(kind, name)]
    if kind.code in FILED_TYPES and demanded:
        raise Denied(
            "filed_by_program",
            _("KAM files documents under this type by itself and cannot state this of them."),
            field=demanded[0],
        )
    if changed:
        kind.save()
    return kind


@verb("core.edit_print_form", _("Edit print form"))
def edit_print_form(paper: PrintForm, *, actor: Any, reason: str = "", **values: Any) -> PrintForm:
    """Give a print its procedure, form code and revision; papers printed from now on carry them. Raises Denied."""
    if change(paper, values, allowed=OF_A_FORM):
        paper.save()
    return paper
