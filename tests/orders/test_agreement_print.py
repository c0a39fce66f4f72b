"""The price agreement as a paper: in the customer's language, with everything agreed, for whoever may see it, and never a cost."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from accounts.models import Location, PaymentTerm
from catalog.models import CustomerItem
from kam.core import clock
from kam.core.printing import Contents, PrintForm, render
from kam.core.workflow import Denied
from orders.documents import agreement_print
from orders.models import PriceAgreement
from tests.factories.offers import priced_product
from tests.factories.prices import agreement, line
from tests.matrix import Matrix
from tests.orders.test_indices import index


def full(matrix: Matrix, language: str = "it", **values: Any) -> PriceAgreement:
    """An agreement with ACME Italy that has a scale, two clauses, a rebate, tooling, reductions and terms."""
    company = matrix.acme_it
    company.language, company.country = language, "IT"
    company.save()
    geared, plain = priced_product(material=Decimal("7.77")), priced_product(material=Decimal("7.77"))
    CustomerItem.objects.create(customer=company, product=geared, part_number="ACME-4711")
    PaymentTerm.objects.get_or_create(
        code="X60", defaults={"days": [60], "name_it": "60 giorni d.f.f.m.", "name_en": "60 days e.o.m.", "name_de": "60 Tage"}
    )
    steel, nickel = index("STEEL", june=820), index("NICKEL", june="1.52")
    return agreement(
        line(geared, scale="from", steps=[(100, "50"), (500, "45.5")], minimum_quantity=Decimal(100)),
        line(
            plain,
            "1234.5",
            reductions=[(date(2027, 1, 1), Decimal(3))],
            tooling_cost=Decimal(60000),
            tooling_quantity=Decimal(12000),
        ),
        **{"customer": company} | values,
        last_day=date(2027, 12, 31),
        payment_terms="X60",
        incoterms="FCA",
        incoterms_place="Modena",
        incoterms_version="2020",
        rebate="retroactive",
        tiers=[(Decimal(100000), Decimal("1.50"))],
        reopening="Renegotiated when volumes fall by 20 %",
        notes="They would have paid 1300",
        clauses=[
            {"kind": "share", "index": steel, "reference": Decimal(820), "share": Decimal(40), "threshold": Decimal(5)},
            {"kind": "surcharge", "index": nickel, "reference": Decimal("1.20"), "weight": Decimal("0.35")},
        ],
    )


def said(contents: Contents) -> str:
    """Every word of a paper."""
    return repr(contents.data) + contents.title


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("it", ("Accordo di prezzo", "60 giorni d.f.f.m.", "1.234,50", "Tutti gli stabilimenti", "45,50", "1,50")),
        ("en", ("Price agreement", "60 days e.o.m.", "1,234.50", "All plants", "45.50", "1.50")),
        ("de", ("Preisvereinbarung", "60 Tage", "1.234,50", "Alle Werke", "45,50", "1,50")),
    ],
)
def test_it_speaks_the_customers_language_and_says_everything_agreed(
    matrix: Matrix, language: str, words: tuple[str, ...], tmp_path: Path
) -> None:
    made = full(matrix, language)
    contents = agreement_print(str(made.pk), actor=matrix.account_manager)
    assert (contents.language, contents.draft, contents.number) == (language, False, made.number)
    text = said(contents)
    for word in (
        *words,
        "ACME-4711",
        "FCA Modena, Incoterms® 2020",
        "P₀ · [(1 − w) + w · I ÷ I₀]",
        "max(0; I − I₀)",
        "820",
        "Renegotiated when",
    ):
        assert word in text, word
    assert not [word for word in ("7,77", "7.77", "10,77", "10.77", "They would have paid") if word in text]
    assert contents.path == made.get_absolute_url()
    assert PrintForm.objects.get(code=contents.form).form == "MOD 10-02-02"
    assert render(contents, tmp_path / "agreement.pdf", actor=matrix.account_manager, issued_at=clock.now()) >= 1


def test_two_of_italy_sign_twice(matrix: Matrix) -> None:
    rome = Location.objects.filter(country="IT").first()
    both = agreement_print(str(full(matrix, location=rome).pk), actor=matrix.account_manager).data
    assert rome is not None
    assert "1341" in both["second"][0]
    matrix.acme_it.country = "FR"
    matrix.acme_it.save()
    assert agreement_print(str(PriceAgreement.objects.latest("pk").pk), actor=matrix.account_manager).data["second"] == []


def test_a_draft_carries_a_watermark_and_a_group_is_named_as_one(matrix: Matrix) -> None:
    draft = agreement(line(priced_product(), 10), customer=matrix.acme_it, status="draft")
    assert agreement_print(str(draft.pk), actor=matrix.account_manager).draft
    whole = agreement(line(priced_product(), 10), group=matrix.acme_it.group)
    data = agreement_print(str(whole.pk), actor=matrix.sales_manager).data
    assert data["addressee"] == [str(matrix.acme_it.group)]


@pytest.mark.parametrize("key", ["0", "x", ""])
def test_who_may_not_see_it_prints_nothing(matrix: Matrix, nothing_changed: Callable[..., Any], key: str) -> None:
    made = full(matrix)
    for asked in (key, str(made.pk)):
        with nothing_changed(), pytest.raises(Denied) as refused:
            agreement_print(asked, actor=matrix.account_manager2)
        assert refused.value.status == 404
