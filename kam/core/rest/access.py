"""Who asks, in which form, and which language they read: tokens and sessions, JSON in and out."""

import json
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.utils.translation.trans_real import parse_accept_lang_header
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed, ParseError
from rest_framework.parsers import JSONParser

from kam.core import tokens
from kam.core.rest.problems import Problem


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Token …`: the person whose token it is, with exactly their rights."""

    def authenticate(self, request: Any) -> tuple[Any, Any] | None:
        """The person and the token, or None if no token was sent."""
        scheme, _space, secret = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "token":
            return None
        token = tokens.find_token(secret.strip())
        if token is None:
            raise AuthenticationFailed(_("This token is unknown, expired or revoked."), "invalid_token")
        return token.user, token

    def authenticate_header(self, request: Any) -> str:
        """What a client without a token is told to send."""
        return 'Token realm="KAM"'


class BrowserSession(SessionAuthentication):
    """The session of the browser, with its CSRF check: for the pages' own calls and the documentation."""


class StrictJSONParser(JSONParser):
    """JSON up to the size that is allowed; what cannot be read is a 400, never an error of ours."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        """The value that the body holds."""
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise Problem("too_large", _("This request is larger than allowed."), status=413)
        try:
            return json.loads(body.decode("utf-8"), parse_constant=_no_constant, object_pairs_hook=_without_doubles)
        except (ValueError, RecursionError):
            raise ParseError(_("The body is not valid JSON.")) from None


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A name that stands twice in one object is an error: nobody can say which was meant."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("repeated name")
    return found


def activate_language(request: Any) -> None:
    """The language of the answer's texts: what a program asks for, else the person's own; on a page always their own."""
    language = getattr(request.user, "language", "")
    offered = {code for code, _name in settings.LANGUAGES}
    if request.auth is None and language in offered:
        translation.activate(language)
        return
    asked = parse_accept_lang_header(request.headers.get("Accept-Language", "").lower()[:500])
    for code, _weight in asked:
        if code.split("-")[0] in offered:
            translation.activate(code.split("-")[0])
            return
    if language in offered:
        translation.activate(language)
