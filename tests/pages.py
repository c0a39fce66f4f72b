"""How tests of pages log in and read what a person sees."""

import html
import re
from html.parser import HTMLParser
from typing import Any

from django.test import Client

#: Asks for a page without the frame around it, as htmx does: the frame is the same everywhere and takes half the time.
PART = {"HTTP_HX_REQUEST": "true"}


def client_for(user: Any) -> Client:
    """A browser of a signed-in person."""
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def words(answer: Any) -> str:
    """The text of a page without its markup, on one line."""
    text = re.sub(r"<(script|style)[^>]*>.*?</\1>", " ", answer.content.decode(), flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


def rows(answer: Any) -> list[str]:
    """The headings of a list's rows, in their order."""
    found = re.findall(r'<th scope="row"[^>]*>(.*?)</th>', answer.content.decode(), flags=re.DOTALL)
    return [
        " ".join(html.unescape(re.sub(r"<small>.*?</small>|<[^>]+>", " ", cell)).split())
        for cell in found
        if not cell.startswith("Total")
    ]


class _Fields(HTMLParser):
    """What a browser would send of the form that saves a page."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: dict[str, list[str]] = {}
        self.area, self.choice = "", ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = dict(attributes)
        name, value = (
            values.get("name") or "",
            values.get("value", "on" if values.get("type") in {"checkbox", "radio"} else "") or "",
        )
        if tag == "input" and name and values.get("type") not in {"submit", "button", "file"}:
            if values.get("type") not in {"checkbox", "radio"} or "checked" in values:
                self.sent.setdefault(name, []).append(value)
        elif tag == "textarea":
            self.area = name
            self.sent.setdefault(name, []).append("")
        elif tag == "select":
            self.choice = name
        elif tag == "option" and self.choice and "selected" in values:
            self.sent.setdefault(self.choice, []).append(value)

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self.sent[self.area][-1] = self.sent[self.area][-1].removeprefix("\n")
            self.area = ""
        elif tag == "select":
            self.choice = ""

    def handle_data(self, data: str) -> None:
        if self.area:
            self.sent[self.area][-1] += data


def form_of(answer: Any) -> dict[str, list[str]]:
    """What a browser would send back if its reader only pressed the button of a form page."""
    text = answer.content.decode()
    start = text.index('class="k-form"')
    fields = _Fields()
    fields.feed(text[text.rindex("<form", 0, start) : text.index("</form>", start)])
    return fields.sent
