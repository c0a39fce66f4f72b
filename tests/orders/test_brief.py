"""The negotiation brief: what whoever goes to the meeting takes along, on two pages, and nobody else."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pypdfium2
import pytest

from kam.core import clock
from kam.core.access_log import AccessLog
from kam.core.jobs import Job, may_fetch
from kam.core.printing import render
from kam.core.workflow import Denied
from orders.actions import add_concession, add_round, create_negotiation, edit_negotiation, open_dossier, strike_concession
from orders.documents import negotiation_brief
from orders.models import Negotiation, NegotiationDossier
from tests.factories.catalog import ProductFactory
from tests.factories.negotiations import volume
from tests.factories.orders import SalesLineFactory
from tests.factories.prices import agreement, line
from tests.matrix import Matrix
from tests.world import api_client, browser


@pytest.fixture
def prepared(matrix: Matrix) -> NegotiationDossier:
    """The account manager's dossier of a negotiation with ACME's plant in America, as it stands before the third round."""
    me, product = matrix.account_manager, ProductFactory(code="BD-7")
    one = create_negotiation(
        Negotiation, actor=me, subject="Belt drives", plant=matrix.acme_us_plant, selling_location=matrix.usa, currency="EUR",
        lines=[volume(product, [(2027, 100_000), (2028, 120_000)], "3.65", target_price=Decimal("3.40"))],
        next_step="Bring the drawing", next_step_on=date(2099, 3, 1), competitors="Rexroth",
    )  # fmt: skip
    made: NegotiationDossier = open_dossier(
        NegotiationDossier, actor=me, negotiation=one, interests="Dr Ray wants short lead times", our_alternatives="Sell to BETA",
        their_alternatives="Rexroth", objective="Two years", price_of="1 piece", opening_price=Decimal("3.65"),
        target_price=Decimal("3.55"), walk_away_price=Decimal("3.30"), walk_away_terms="60 days",
    )  # fmt: skip
    add_round(made, actor=me, our_price=Decimal("3.65"), their_price=Decimal("3.20"), their_position="Too dear")
    got = add_concession(made, actor=me, side="got", what="Whole volume", kind="other", figure=Decimal(9000))
    add_concession(made, actor=me, side="given", what="Longer terms", kind="payment", figure=Decimal(30), in_return_for=got)
    wrong = add_concession(made, actor=me, side="got", what="Never said", kind="other", figure=Decimal(77_777))
    strike_concession(wrong, actor=me, reason="Another customer's")
    agreement(line(product, "3.80"), plant=matrix.acme_us_plant, location=matrix.usa, currency="EUR", status="active")
    SalesLineFactory(
        plant=matrix.acme_us_plant, selling_location=matrix.usa, producing_location=matrix.italy, product=product,
        date=date(clock.today().year - 1, 5, 5), net=Decimal(4567),
    )  # fmt: skip
    return made


def test_the_brief_says_on_two_pages_what_the_meeting_needs(matrix: Matrix, prepared: NegotiationDossier, tmp_path: Path) -> None:
    contents = negotiation_brief(str(prepared.pk), actor=matrix.account_manager)
    path = tmp_path / "brief.pdf"
    assert render(contents, path, actor=matrix.account_manager) <= 2
    words = "".join(page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(str(path)))
    for text in (
        "CONFIDENTIAL", "Negotiation brief", "Belt drives", "ACME", "Rexroth", "Dr Ray wants short lead times", "Sell to BETA",
        "Two years", "3.65 EUR", "3.55 EUR", "3.30 EUR", "60 days", "Too dear", "Whole volume", "Longer terms", "Bring the drawing",
        "100,000", "BD-7", "3.80 EUR", "MOD 10-01-02",
    ):  # fmt: skip
        assert text in words, text
    assert "Never said" not in words and "77,777" not in words, "what was struck is no part of it"
    # The best year is worth 120,000 × 3.65 = 438,000 EUR: 30 days of it at 6 % a year are 2,160 against the 9,000 that were got.
    concessions = next(
        block for block in contents.data["blocks"] if block["kind"] == "table" and block["columns"][-1]["label"] == "Got"
    )
    assert [row[-2:] for row in concessions["totals"]] == [["2,160.00", "9,000.00"], ["", "+6,840.00"]]


def test_only_who_reads_the_dossier_has_its_brief_and_having_it_is_logged(
    matrix: Matrix, prepared: NegotiationDossier, nothing_changed: Callable[..., Any]
) -> None:
    for name, user in matrix.users.items():
        if name in {"account_manager", "sales_manager", "management"}:
            continue
        with nothing_changed(), pytest.raises(Denied) as refused:
            negotiation_brief(str(prepared.pk), actor=user)
        assert refused.value.status == 404, name
        screen, client = browser(user), api_client(user)
        with nothing_changed():
            assert screen.post(f"{prepared.get_absolute_url()}print/").status_code == 404
            assert client.post(f"/api/v1/negotiation-dossiers/{prepared.pk}/print/").status_code == 404
    negotiation_brief(str(prepared.pk), actor=matrix.sales_manager)
    logged = AccessLog.objects.filter(kind="confidential", user=matrix.sales_manager)
    assert [entry.about for entry in logged] == [f"orders.negotiationdossier {prepared.pk}"]


def test_who_is_no_longer_named_does_not_fetch_the_paper(matrix: Matrix, prepared: NegotiationDossier) -> None:
    her = matrix.area_manager_us
    edit_negotiation(prepared.negotiation, actor=matrix.account_manager, team=[her])
    assert browser(her).post(f"{prepared.get_absolute_url()}print/").status_code == 302
    job = Job.objects.get(kind="core.print", actor=her)
    assert may_fetch(job, her)
    edit_negotiation(prepared.negotiation, actor=matrix.account_manager, team=[])
    assert not may_fetch(job, her)
