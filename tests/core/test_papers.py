"""Types of documents and print forms: kept by administrators on screens and by the API, looked up by everybody."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from kam.core.documents import DocumentType, standard_type
from kam.core.papers import create_document_type, edit_document_type, edit_print_form
from kam.core.printing import PrintForm
from kam.core.workflow import Denied
from tests.factories.accounts import UserFactory
from tests.pages import client_for, rows

pytestmark = pytest.mark.django_db


def test_an_administrator_adds_and_edits_a_type_on_screen(administrator: Any) -> None:
    browser = client_for(administrator)
    values = {
        "code": "colour_card",
        "name_en": "Colour cards",
        "warning_days": "45",
        "must_have_revision": "on",
        "is_active": "on",
    }
    assert browser.post("/document-types/new/", values).status_code == 302
    kind = DocumentType.objects.get(code="colour_card")
    assert (kind.name_en, kind.warning_days, kind.must_have_revision, kind.must_expire) == ("Colour cards", 45, True, False)
    values = {"name_en": "Colour card", "warning_days": "45", "version": kind.version}
    assert browser.post(f"/document-types/{kind.pk}/edit/", values).status_code == 302
    kind.refresh_from_db()
    assert (kind.code, kind.name_en, kind.must_have_revision, kind.is_active) == ("colour_card", "Colour card", False, False)


def test_refusals(administrator: Any, nothing_changed: Callable[..., Any]) -> None:
    quality = UserFactory(role="quality")
    cases: list[tuple[Callable[[], Any], str]] = [
        (lambda: create_document_type(DocumentType, actor=quality, code="x", name_en="X"), "not_permitted"),
        (lambda: create_document_type(DocumentType, actor=administrator, code="drawing", name_en="X"), "code_taken"),
        (lambda: create_document_type(DocumentType, actor=administrator, code="not a slug", name_en="X"), "invalid"),
        (lambda: edit_document_type(standard_type(), actor=administrator, code="y"), "not_editable"),
        (lambda: edit_document_type(standard_type(), actor=administrator, name_en=""), "invalid"),
        (lambda: edit_document_type(standard_type("print"), actor=administrator, must_expire=True), "filed_by_program"),
        (lambda: edit_print_form(PrintForm.objects.get(code="visit_sheet"), actor=quality, revision="1"), "not_permitted"),
        (lambda: edit_print_form(PrintForm.objects.get(code="visit_sheet"), actor=administrator, revision=""), "invalid"),
    ]
    for run, code in cases:
        with nothing_changed(), pytest.raises(Denied) as refusal:
            run()
        assert refusal.value.code == code


def test_the_prints_that_exist_are_listed_with_their_form(administrator: Any) -> None:
    browser = client_for(administrator)
    form = PrintForm.objects.get(code="visit_sheet")
    assert len(rows(browser.get("/print-forms/"))) == PrintForm.objects.count()
    values = {"name_en": form.name_en, "procedure": "PQ 07-01", "form": "MOD 07-01-04", "revision": "1", "version": form.version}
    assert browser.post(f"/print-forms/{form.pk}/edit/", values).status_code == 302
    form.refresh_from_db()
    assert form.foot().endswith("1") and "MOD 07-01-04" in form.foot()


def test_the_api_does_the_same(api: APIClient, reader_api: APIClient, nothing_changed: Callable[..., Any]) -> None:
    made = api.post("/api/v1/document-types/", {"code": "msds", "name_en": "Safety data sheet", "must_expire": True})
    assert (made.status_code, made.data["code"], made.data["must_expire"]) == (201, "msds", True)
    address = f"/api/v1/document-types/{made.data['id']}/"
    assert api.patch(address, {"warning_days": 90}, HTTP_IF_MATCH=made["ETag"]).data["warning_days"] == 90
    form = PrintForm.objects.get(code="visit_sheet")
    read = api.get(f"/api/v1/print-forms/{form.pk}/")
    assert api.patch(f"/api/v1/print-forms/{form.pk}/", {"revision": "4"}, HTTP_IF_MATCH=read["ETag"]).data["revision"] == "4"
    with nothing_changed(apart_from=("core_apitoken",)):
        assert api.patch(address, {"code": "other"}, HTTP_IF_MATCH="*").status_code == 400
        assert reader_api.post("/api/v1/document-types/", {"code": "a", "name_en": "A"}).status_code == 403
        assert reader_api.patch(f"/api/v1/print-forms/{form.pk}/", {"revision": "5"}, HTTP_IF_MATCH="*").status_code == 403
