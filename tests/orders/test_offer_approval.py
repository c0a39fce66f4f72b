"""What of an offer goes beyond its author's limits: the floor price as a reason of its own."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from kam.core.parameters import ParameterValue, set_parameter
from kam.core.workflow import Denied
from orders.actions import approve_offer
from orders.models import Offer
from orders.reports.floor_prices import floor_prices
from orders.reports.offers import reasons
from tests.factories.offers import offer_line, offered, priced_product
from tests.matrix import Matrix
from tests.pages import client_for
from tests.world import api_client


def to_acme(matrix: Matrix, *lines: dict[str, Any], **values: Any) -> Offer:
    """An offer of the account manager's to ACME Italy, handed in."""
    values = {"by": matrix.account_manager, "status": "in_approval"} | values
    return offered(matrix.acme_it_plant, matrix.italy, *lines, **values)


def kept(offer: Offer) -> dict[str, tuple[int, Decimal | None]]:
    """Its triggers: the level and the figure of each."""
    return {one["code"]: (one["level"], None if one["value"] is None else Decimal(one["value"])) for one in offer.triggers}


def test_one_article_below_its_floor_is_for_management_however_good_the_rest_is(
    matrix: Matrix, nothing_changed: Callable[..., Any]
) -> None:
    good, cheap = priced_product(25), priced_product(25)
    # 17 lies 2.857 % below 17.50, which is 30 % below the list; the offer as a whole lies 3.2 % below it and keeps its margin
    made = to_acme(matrix, offer_line(good, 900), offer_line(cheap, 100, "17"))
    assert kept(made) == {"floor_price": (2, (1 - Decimal(17) / Decimal("17.5")) * 100)}
    assert made.level == 2
    with nothing_changed(), pytest.raises(Denied) as refused:
        approve_offer(made, actor=matrix.sales_manager)
    assert refused.value.code == "higher_level"
    approve_offer(made, actor=matrix.management)
    [told] = reasons(made.triggers, with_costs=True, with_dossier=True)
    assert (str(told.label), str(told.role)) == ("Below the floor price", "Management")
    assert "2.9" in told.figure
    assert reasons(made.triggers, with_costs=False, with_dossier=True)[0].figure == "", "the floor is made of costs"

    # without a list price the margin on the cost is the floor: 9 / 0.85; steps, alternatives and options are promised as well
    unlisted = priced_product(25)
    unlisted.list_prices.all().delete()
    lines = [offer_line(unlisted, 10, "10.58"), offer_line(good, 5, kind="option", steps=[(Decimal(50), Decimal("17.49"))])]
    made = to_acme(matrix, *lines, offer_line(good, 100))
    assert floor_prices(made, list(made.lines.all())) == {10: Decimal("10.58824"), 20: Decimal("17.5"), 30: Decimal("17.5")}
    assert kept(made)["floor_price"][0] == 2
    tool = {"description": "Fixture", "kind": "tooling", "quantity": 1, "price": Decimal(10), "variable_cost": Decimal(400)}
    assert "floor_price" not in kept(to_acme(matrix, offer_line(good, 900), tool)), "a tool may be paid with the parts"

    # the floor is data: that of a product line goes before that of the location
    for scope, share in ((f"location:{matrix.italy.pk}", 40), (f"product_line:{cheap.family.line.pk}", 35)):
        set_parameter(ParameterValue, actor=None, key="orders.floor_below_list", scope=scope, value=share)
    made = to_acme(matrix, offer_line(good, 900), offer_line(cheap, 100, "16.25"))
    assert "floor_price" not in kept(made)
    made = to_acme(matrix, offer_line(good, 900), offer_line(cheap, 100, "16.24"), special_terms=True)
    assert {code: level for code, (level, _value) in kept(made).items()} == {"floor_price": 2, "special_terms": 2}
    for reader, seen in ((matrix.account_manager, True), (matrix.finance_it, False)):
        page = client_for(reader).get(made.get_absolute_url()).content.decode()
        assert ("Below the floor price" in page, "Floor price" in page) == (True, seen)
        answer = api_client(reader).get(f"/api/v1/offers/{made.pk}/").json()["reasons"]
        assert [one["code"] for one in answer] == ["floor_price", "special_terms"]
        assert bool(answer[0]["figure"]) is seen
