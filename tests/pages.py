"""How tests of pages log in and read what a person sees."""

import html
import re
from typing import Any

from django.test import Client


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
