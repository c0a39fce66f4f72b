"""Every error of the API as one problem document (`application/problem+json`), with the code and the text that the screen shows."""

import logging
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.core.exceptions import ValidationError as ModelValidationError
from django.core.signals import got_request_exception
from django.db import DataError, IntegrityError, OperationalError
from django.db.models import ProtectedError, RestrictedError
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.response import Response

from kam.core.workflow import Denied, Refusals, others_writing

logger = logging.getLogger(__name__)
MEDIA_TYPE = "application/problem+json"
WHOLE_INPUT = "non_field_errors"


class Problem(exceptions.APIException):
    """A refusal of the API itself: a stable code, a status and a text that says what to do."""

    def __init__(self, code: str, message: Any, *, status: int = 400, field: str = "", retry_after: int | None = None) -> None:
        super().__init__(message, code)
        self.code, self.message, self.field, self.status_code, self.wait = code, message, field, status, retry_after


class BulkErrors(exceptions.APIException):
    """Several errors of one input; each names the item (`index`) and the field at fault."""

    def __init__(self, errors: list[dict[str, Any]], status: int = 400) -> None:
        super().__init__()
        self.errors, self.status_code = errors, status


def document(status: int, code: str, detail: Any, errors: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """The problem document of one error."""
    problem = {
        "type": f"urn:kam:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": str(detail),
    }
    return problem | ({"errors": errors} if errors else {})


def field_errors(detail: Any, field: str = "", index: int | None = None) -> list[dict[str, Any]]:
    """The errors of a validation as a flat list: field (nested ones joined by dots), code and message."""
    if isinstance(detail, dict):
        found = []
        for name, part in detail.items():
            inner = "" if name == WHOLE_INPUT else str(name)
            found += field_errors(part, ".".join(filter(None, [field, inner])), index)
        return found
    if isinstance(detail, list):
        found = []
        for position, part in enumerate(detail):
            nested = isinstance(part, (dict, list))
            found += field_errors(
                part, f"{field}.{position}" if nested and field else field, position if nested and not field else index
            )
        return found
    entry = {"field": field, "code": getattr(detail, "code", "invalid"), "message": str(detail)}
    return [entry if index is None else {"index": index} | entry]


def denied_errors(denied: Denied, index: int | None = None) -> list[dict[str, Any]]:
    """The refusals of an action as a list of errors."""
    parts = denied.refusals if isinstance(denied, Refusals) else [denied]
    position = {} if index is None else {"index": index}
    return [position | {"field": part.field, "code": part.code, "message": str(part.message)} for part in parts]


def _of_denied(denied: Denied) -> dict[str, Any]:
    several = isinstance(denied, Refusals) or bool(denied.field)
    return document(denied.status, denied.code, denied.message, denied_errors(denied) if several else None)


def _of_validation(error: exceptions.ValidationError) -> dict[str, Any]:
    return document(400, "invalid", _("The input has errors; each is named below."), field_errors(error.detail))


def _of_database(error: Exception) -> dict[str, Any]:
    """What the database refused, without a word of its message: it may name rows that the reader must not see."""
    if isinstance(error, (ProtectedError, RestrictedError)):
        return document(409, "in_use", _("Other records still refer to this one, so it cannot be removed."))
    if isinstance(error, IntegrityError):
        logger.warning(
            "A constraint refused a request: %s", getattr(getattr(error.__cause__, "diag", None), "constraint_name", "?")
        )
        return document(409, "conflict", _("This contradicts a record that exists already. Check the input and try again."))
    return document(400, "out_of_range", _("A value is outside the range that can be kept."))


def _of_framework(error: exceptions.APIException) -> dict[str, Any]:
    code = error.get_codes()
    return document(error.status_code, code if isinstance(code, str) else "error", error.detail)


def _documented(error: Exception) -> dict[str, Any] | None:
    match error:
        case Denied():
            return _of_denied(error)
        case BulkErrors():
            return document(error.status_code, "invalid", _("Nothing was saved: some items have errors."), error.errors)
        case Problem():
            errors = [{"field": error.field, "code": error.code, "message": str(error.message)}] if error.field else None
            return document(error.status_code, error.code, error.message, errors)
        case exceptions.ValidationError():
            return _of_validation(error)
        case exceptions.APIException():
            return _of_framework(error)
        case Http404():
            return document(404, "not_found", _("There is nothing at this address that you may see."))
        case PermissionDenied():
            return document(403, "not_permitted", _("Your role does not allow this."))
        case ModelValidationError():
            return document(400, "invalid", _("The input has errors; each is named below."), field_errors(_plain(error)))
        case RequestDataTooBig():
            limit = (settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0) // 1024**2
            text = _("This request is larger than %(limit)d MB. Send less at once, and files as multipart/form-data.")
            return document(413, "too_large", text % {"limit": limit})
        case ProtectedError() | RestrictedError() | IntegrityError() | DataError() | OverflowError() | UnicodeError():
            return _of_database(error)
        case OperationalError() if denied := others_writing(error):
            return _of_denied(denied)
        case SuspiciousOperation():
            return document(400, "bad_request", _("This request cannot be read."))
    return None


def _plain(error: ModelValidationError) -> Any:
    return error.message_dict if hasattr(error, "error_dict") else error.messages


def answer(error: Exception, context: dict[str, Any]) -> Response:
    """The answer to an error: a problem document; what nobody foresaw is logged and tells the reader no details."""
    found = _documented(error)
    if found is None:
        request = context.get("request")
        logger.exception("The API failed at %s", getattr(request, "path", "?"), exc_info=error)
        got_request_exception.send(sender=type(context.get("view")), request=getattr(request, "_request", None))
        found = document(500, "failed", _("Something went wrong on our side. It has been logged; try again later."))
    headers = {}
    if getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = error.auth_header  # type: ignore[attr-defined]
    wait = getattr(error, "wait", None) or (1 if found["status"] == HTTPStatus.SERVICE_UNAVAILABLE else None)
    if wait:
        headers["Retry-After"] = str(int(wait) or 1)
    return Response(found, status=found["status"], headers=headers, content_type=MEDIA_TYPE)
