"""Markets: areas with their countries, sectors without; a country belongs to one area."""

import pytest

from accounts.actions.market import create_market, edit_market
from accounts.models import Market
from kam.core.workflow import Denied
from tests.matrix import Matrix

pytestmark = pytest.mark.django_db


def test_an_area_has_countries_and_a_sector_none(matrix: Matrix) -> None:
    area = create_market(
        Market, actor=matrix.sales_manager, code="dach", dimension="area", name_en="DACH", countries="de, at ch de"
    )
    sector = create_market(Market, actor=matrix.administrator, code="PACK", dimension="sector", name_en="Packaging")
    area.refresh_from_db()
    assert (area.code, area.countries, sector.countries) == ("DACH", "AT CH DE", "")


def test_refusals_change_nothing(matrix: Matrix, nothing_changed) -> None:
    area = create_market(Market, actor=matrix.sales_manager, code="DACH", dimension="area", name_en="DACH", countries="DE AT CH")
    cases = [
        ("code_taken", {"code": "dach", "dimension": "sector", "name_en": "Other"}),
        ("country_taken", {"code": "CEE", "dimension": "area", "name_en": "Centre", "countries": "CZ AT"}),
        ("unknown_country", {"code": "CEE", "dimension": "area", "name_en": "Centre", "countries": "CZE"}),
        ("unknown_dimension", {"code": "CEE", "dimension": "size", "name_en": "Centre"}),
        ("sector_has_no_countries", {"code": "CEE", "dimension": "sector", "name_en": "Centre", "countries": "CZ"}),
        ("required", {"code": "CEE", "dimension": "sector", "name_en": " "}),
    ]
    for code, values in cases:
        with nothing_changed(), pytest.raises(Denied) as refused:
            create_market(Market, actor=matrix.sales_manager, **values)
        assert refused.value.code == code
    with nothing_changed(), pytest.raises(Denied):
        edit_market(area, actor=matrix.account_manager, name_en="Mine")
