"""`make screenshots`: every page of the demonstration by role, width and light, what axe finds on it, and every print, as pictures.

    make screenshots ARGS="--role sales.manager --width 390 --theme dark --page customer"

Pictures that are there already are not taken again (`--anew` takes them): a run that was interrupted goes on where it was.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from django.http import HttpResponseBase
from django.test import Client
from django.urls import NoReverseMatch, get_resolver, reverse
from django.utils.module_loading import import_string
from playwright.sync_api import Browser

from accounts.models import Customer, Plant, User
from budgets.models import Budget, BudgetRound, QuantityPlan, SalesMeeting
from budgets.reports.my_year import years_to_see
from complaints.models import Complaint, RepairLetter, RepairPiece, Settlement
from kam.configuration import ROOT
from kam.core import printing
from kam.core.ports import port
from kam.core.views import RecordPage
from orders.models import (
    CampaignCustomer,
    ContractReview,
    NegotiationDossier,
    Offer,
    Order,
    OrderPaper,
    PriceAgreement,
    PriceFinding,
)
from tests.e2e.pages import Desk, Kam
from tests.pages import client_for

ROLES = (
    "account.manager", "area.manager.de", "area.manager.us", "sales.manager", "backoffice", "technical", "quality",
    "production", "logistics", "finance", "service", "management", "auditor", "admin",
)  # fmt: skip
WIDTHS = (1440, 390)
THEMES = ("light", "dark")
FOLDER = ROOT / "var" / "screenshots"
# Addresses that are no page for a person, or that end the session.
NO_PAGES = ("api-", "admin", "account_logout", "schema", "healthz", "readyz")
Keys = dict[str, str]


def of_records(*models: Any) -> Callable[[User], Keys]:
    """The first record of each of these models that a person sees in detail."""

    def keys(user: User) -> Keys:
        found = {model._meta.model_name: model.objects.detailed_to(user).order_by("pk").first() for model in models}
        return {name: f"{name}:{record.pk}" for name, record in found.items()}

    return keys


def last_of(model: Any, **wanted: Any) -> Callable[[User], Keys]:
    """The last record of a model that a person sees."""

    def keys(user: User) -> Keys:
        one = model.objects.visible_to(user).filter(**wanted).order_by("pk").last()
        return {model._meta.model_name: str(one.pk)} if one is not None else {}

    return keys


def order_papers(user: User) -> Keys:
    """One paper of each kind."""
    papers = {one.kind: one for one in OrderPaper.objects.visible_to(user).order_by("pk")}
    return {kind: str(one.pk) for kind, one in sorted(papers.items())}


#: Print → what it is made of for a person: a name for the picture, and the key.
PRINTS: dict[str, Callable[[User], Keys]] = {
    "accounts.visit_sheet": of_records(Customer, Plant),
    "catalog.document_request": last_of(Customer, document_entries__requested_on__isnull=False, document_entries__document=None),
    "orders.offer": last_of(Offer, status="sent"),
    "orders.price_agreement": last_of(PriceAgreement, status="active"),
    "orders.price_list": last_of(Customer, price_agreements__status="active"),
    "orders.order_paper": order_papers,
    "orders.order_evidence": last_of(Order, status="delivered"),
    "orders.review": last_of(ContractReview, state="closed"),
    "orders.negotiation_brief": last_of(NegotiationDossier),
    "orders.price_letter": last_of(PriceFinding, status="open"),
    "orders.campaign_letter": last_of(CampaignCustomer),
    "complaints.report": lambda user: {
        "report": f"{Complaint.objects.visible_to(user).filter(status='closed').latest('pk').pk}:8d",
        "rejection": f"{Complaint.objects.visible_to(user).filter(status='unjustified').latest('pk').pk}:8d",
        "receipt": f"{Complaint.objects.visible_to(user).latest('pk').pk}:receipt",
    },
    "complaints.label": last_of(Complaint, product__isnull=False),
    "complaints.credit_request": last_of(Settlement, remedy="credit", status="done"),
    "complaints.repair_letter": last_of(RepairLetter),
    "complaints.repair_label": last_of(RepairPiece),
    "budgets.budget_book": lambda user: {
        "round": f"round:{BudgetRound.objects.filter(kind='annual').latest('first_month').pk}",
        "budget": f"budget:{Budget.objects.visible_to(user).filter(round__published_at__isnull=False).order_by('-revenue')[0].pk}",
    },
    "budgets.target_letter": lambda user: {"year": f"{years_to_see(user)[-1].isoformat()}:{user.pk}"},
    "budgets.quantity_sheet": lambda user: {"plan": str(QuantityPlan.objects.visible_to(user).latest("pk").pk)},
    "budgets.deviation_report": lambda user: {"year": f"{years_to_see(user)[-1].isoformat()}:{user.pk}"},
    "budgets.meeting_sheet": lambda user: {"meeting": str(SalesMeeting.objects.visible_to(user).latest("pk").pk)},
}

#: Whose papers these are, where they are not the account manager's.
READERS = {"budgets.budget_book": "sales.manager", "budgets.quantity_sheet": "production"}


def views(patterns: Any, space: str = "") -> Iterator[tuple[str, Any]]:
    """Every named page: its name and its view."""
    for pattern in patterns:
        if hasattr(pattern, "url_patterns"):
            yield from views(pattern.url_patterns, pattern.namespace or space)
        elif pattern.name:
            name = f"{space}:{pattern.name}" if space else pattern.name
            yield name, getattr(pattern.callback, "view_class", None)


def addresses(user: User) -> dict[str, str]:
    """The pages that stand alone, and one record of every kind that this person sees."""
    found = {"home": "/", "search": "/search/?q=linea"}
    for name, view in views(get_resolver().url_patterns):
        key = name.replace(":", "-")
        try:
            if not key.startswith(NO_PAGES) and not reverse(name).startswith("/support/"):
                found.setdefault(key, reverse(name))
        except NoReverseMatch:
            if view is not None and issubclass(view, RecordPage):
                row = view.model.objects.visible_to(user).order_by("pk").first()
                found |= {key: _page_of(name, row)} if row else {}
    return found


def _page_of(name: str, row: Any) -> str:
    """This page of a record, which may have several: a budget's grid is not its overview."""
    try:
        return reverse(name, args=[row.pk])
    except NoReverseMatch:
        return str(row.get_absolute_url())


def is_page(answer: HttpResponseBase) -> bool:
    """Whether this is a whole page for the reader: neither a part, a file, a refusal nor the way to another page."""
    html = answer.get("Content-Type", "").startswith("text/html")
    return answer.status_code == 200 and html and b"<!doctype html>" in getattr(answer, "content", b"")[:200].lower()


def pages_of(user: User, chosen: list[str]) -> dict[str, str]:
    """The pages that open for this person."""
    browser: Client = client_for(user)
    wanted = {name: path for name, path in addresses(user).items() if not chosen or any(word in name for word in chosen)}
    return {name: path for name, path in wanted.items() if is_page(browser.get(path))}


def pictured(kam: Kam, goal: Path, theme: str) -> list[str]:
    """Take the picture of a page in this light; gives back what axe holds against it."""
    kam.page.emulate_media(color_scheme="dark" if theme == "dark" else "light", reduced_motion="reduce")
    kam.page.evaluate("name => document.documentElement.setAttribute('data-bs-theme', name)", theme)
    found = kam.barriers()
    if kam.wide() > 0:
        found.append(f"wider than its window by {kam.wide()} pixels")
    goal.parent.mkdir(parents=True, exist_ok=True)
    kam.page.screenshot(path=goal.with_suffix(".part.png"), full_page=True)
    goal.with_suffix(".part.png").rename(goal)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("role", ROLES)
def test_every_screen_is_pictured(role: str, width: int, company: str, browser: Browser, pytestconfig: pytest.Config) -> None:
    option = pytestconfig.getoption
    if (option("role") and role not in option("role")) or (option("width") and width not in option("width")):
        pytest.skip("not asked for")
    themes, language = option("theme") or THEMES, option("language")
    User.objects.filter(email=f"{role}@kam.example").update(language=language)
    user = User.objects.get(email=f"{role}@kam.example")
    folder = FOLDER / language / role
    log = folder / f"barriers-{width}.json"
    barriers: dict[str, list[str]] = json.loads(log.read_text()) if log.exists() else {}
    desk = Desk(browser, company)
    kam = desk.open(user, phone=width == 390, language=language, bypass_csp=True)
    for name, path in pages_of(user, option("page")).items():
        goals = {f"{name}-{width}-{theme}": theme for theme in themes}
        missing = {
            key: theme
            for key, theme in goals.items()
            if option("anew") or key not in barriers or not (folder / f"{key}.png").exists()
        }
        if missing:
            kam.go(path)
        for key, theme in missing.items():
            barriers[key] = pictured(kam, folder / f"{key}.png", theme)
            log.write_text(json.dumps(barriers, indent=1, ensure_ascii=False))
    desk.close()
    assert not desk.faults, "\n".join(desk.faults)
    found = {key: all_found for key, all_found in barriers.items() if all_found}
    assert not found, json.dumps(found, indent=1, ensure_ascii=False)


@pytest.mark.slow
@pytest.mark.parametrize("language", ["it", "en", "de"])
def test_every_print_is_pictured(language: str, company: str, tmp_path: Path, pytestconfig: pytest.Config) -> None:
    assert set(PRINTS) == set(port("prints")), "each print says on which records it is made"
    if pytestconfig.getoption("page"):
        pytest.skip("pages were asked for")
    folder = FOLDER / language / "prints"
    folder.mkdir(parents=True, exist_ok=True)
    for name, keys in PRINTS.items():
        make = import_string(port("prints")[name])
        user = User.objects.get(email=f"{READERS.get(name, 'account.manager')}@kam.example")
        user.language = language
        for picture, key in keys(user).items():
            count = printing.render(make(key, actor=user), tmp_path / "print.pdf", actor=user)
            assert count > 0
            for number, page in enumerate(pypdfium2.PdfDocument(tmp_path / "print.pdf"), 1):
                page.render(scale=2).to_pil().save(folder / f"{name}-{picture}-{number}.png")
