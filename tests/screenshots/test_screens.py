"""`make screenshots`: first screens, lists and records of the demonstration, by role, width and light, and the visit sheet as pictures."""

from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from django.core.management import call_command
from django.urls import NoReverseMatch, get_resolver, reverse

from accounts.models import Customer, User
from kam.configuration import ROOT
from kam.core.views import ListPage, RecordPage
from tests.e2e.browser import OPTIONS, chromium, playing
from tests.e2e.pages import Desk
from tests.pages import client_for

ROLES = (
    "account.manager", "area.manager.de", "area.manager.us", "sales.manager", "backoffice", "technical", "quality",
    "production", "logistics", "finance", "service", "management", "admin",
)  # fmt: skip
GOAL = ROOT / "var" / "screenshots"


def views(patterns: Any, space: str = "") -> Any:
    """Every named page: its name and its view."""
    for pattern in patterns:
        if hasattr(pattern, "url_patterns"):
            yield from views(pattern.url_patterns, pattern.namespace or space)
        elif pattern.name and hasattr(pattern.callback, "view_class"):
            yield f"{space}:{pattern.name}" if space else pattern.name, pattern.callback.view_class


def addresses(user: User) -> dict[str, str]:
    """The first screen, every list and one record of every kind that this person sees."""
    found = {"home": "/"}
    for name, view in views(get_resolver().url_patterns):
        key = name.replace(":", "-")
        try:
            if issubclass(view, ListPage):
                found[key] = reverse(name)
            elif issubclass(view, RecordPage):
                row = view.model.objects.visible_to(user).order_by("pk").first()
                found |= {key: reverse(name, args=[row.pk])} if row else {}
        except NoReverseMatch:
            continue
    return found


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_every_screen_and_print_is_pictured(settings: Any, live_server: Any) -> None:
    settings.ALLOWED_HOSTS, settings.CSRF_TRUSTED_ORIGINS, settings.DEMO = ["*"], [live_server.url], True
    call_command("demo")
    with playing() as play:
        browser = play.chromium.launch(executable_path=chromium(), args=OPTIONS.split())
        desk = Desk(browser, live_server.url)
        for role in ROLES:
            user = User.objects.get(email=f"{role}@kam.example")
            pages = addresses(user)
            for phone in (False, True):
                kam = desk.open(user, phone=phone)
                for name, path in pages.items():
                    kam.go(path)
                    for scheme in ("light", "dark"):
                        kam.page.evaluate("name => document.documentElement.setAttribute('data-bs-theme', name)", scheme)
                        goal = GOAL / role / f"{name}-{390 if phone else 1440}-{scheme}.png"
                        goal.parent.mkdir(parents=True, exist_ok=True)
                        kam.page.screenshot(path=goal)
            pictures_of_prints(user, GOAL / role)
        desk.close()
        browser.close()


def pictures_of_prints(user: User, folder: Path) -> None:
    """The visit sheet of the first customer, a picture a page."""
    for customer in Customer.objects.detailed_to(user).order_by("pk")[:1]:
        answer = client_for(user).get(f"/customers/{customer.pk}/visit-sheet/")
        if answer.get("Content-Type", "").startswith("application/pdf"):
            content = b"".join(answer) if answer.streaming else answer.content
            for number, page in enumerate(pypdfium2.PdfDocument(content), 1):
                page.render(scale=2).to_pil().save(folder / f"visit-sheet-{number}.png")
