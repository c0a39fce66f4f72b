"""The description of the API as OpenAPI: summaries in the user's words, headers, bulk bodies and the problem document."""

from typing import Any

from django.utils import translation
from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiSerializerFieldExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter

from kam.core.rest.listing import FIELDS_PARAMETER
from kam.core.rest.problems import MEDIA_TYPE
from kam.core.rest.serializers import RecordSerializer
from kam.core.verbs import VERBS

SUMMARIES = {
    "list": "List {many}",
    "retrieve": "Read one {one}",
    "create": "Create one {one} or several",
    "update": "Replace one {one}",
    "partial_update": "Change one {one}",
    "destroy": "Remove one {one}",
}
REASONS = {
    "400": "The request or a value in it is wrong; errors names each field.",
    "401": "No token, or one that is unknown, expired or revoked.",
    "403": "Your roles do not allow this here.",
    "404": "No such record among those that you may see.",
    "405": "This address does not take this method.",
    "406": "Only JSON is answered.",
    "409": "Not possible now, or a twin of this request is still being worked on.",
    "412": "Somebody changed the record meanwhile.",
    "413": "The body is too large.",
    "415": "Only JSON is read.",
    "422": "The Idempotency-Key was used for another body.",
    "429": "Too many requests; Retry-After says when to go on.",
    "500": "Our fault; it has been logged.",
    "503": "Others are writing the same records; try again.",
}
ALWAYS = {"400", "401", "403", "404", "405", "406", "429", "500", "503"}
WRITING = {"409", "412", "413", "415", "422"}
TIME_OF_DAY = r"^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?$"
CHANGES = {"PUT", "PATCH"}
PROBLEM = {
    "type": "object",
    "description": "What went wrong and what to do (RFC 9457).",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string", "description": "urn:kam:problem: and the code."},
        "title": {"type": "string", "description": "The name of the status."},
        "status": {"type": "integer", "description": "The status of the answer."},
        "code": {"type": "string", "description": "Stable code of the refusal; the same on the screen."},
        "detail": {"type": "string", "description": "What to do, in the reader's language."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "code", "message"],
                "properties": {
                    "index": {"type": "integer", "description": "Position of the item in a list that was sent."},
                    "field": {"type": "string", "description": "Field at fault, nested ones joined by dots; empty: the whole."},
                    "code": {"type": "string"},
                    "message": {"type": "string"},
                },
            },
        },
    },
}


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How a program says who it is."""

    target_class = "kam.core.rest.access.TokenAuthentication"
    match_subclasses = True
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        """The header."""
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "The word Token, a space and the token that your profile made.",
        }


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How a browser says who it is."""

    target_class = "kam.core.rest.access.BrowserSession"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        """The cookie."""
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": "sessionid",
            "description": "The session of the browser. Under an address with a port of its own (other than 8000) the name ends in _port.",
        }


class PeriodExtension(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """A period as an object of two days."""

    target_class = "kam.core.rest.fields.PeriodField"

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        """Both days, each may be open."""
        day = {"type": "string", "format": "date", "nullable": True}
        return {
            "type": "object",
            "description": "Both days included; null is open.",
            "properties": {"first_day": day, "last_day": day},
            "additionalProperties": False,
        }


class Generator(SchemaGenerator):
    """The schema in English, whatever the language of whoever asks for it, so that it is one document."""

    def get_schema(self, request: Any = None, public: bool = False) -> Any:
        """The whole document."""
        with translation.override("en"):
            return super().get_schema(request, public)


class Schema(AutoSchema):
    """How one endpoint is described."""

    view: Any

    def get_summary(self) -> str | None:
        """One line that says what the operation does."""
        verb = VERBS.get(getattr(self.view, "verb_code", ""))
        if verb is not None:
            return str(verb.label)
        action = getattr(self.view, "action", "")
        queryset = getattr(self.view, "queryset", None)
        if action in SUMMARIES and queryset is not None:
            names = queryset.model._meta
            return SUMMARIES[action].format(one=names.verbose_name, many=names.verbose_name_plural)
        return super().get_summary() or str(self.get_description()).split("\n")[0].rstrip(".")

    def get_description(self) -> str:  # type: ignore[override]
        """What the operation does, in a sentence or more."""
        verb = VERBS.get(getattr(self.view, "verb_code", ""))
        if verb is not None:
            return (verb.action.__doc__ or str(verb.label)).strip().replace("`", "")
        return str(super().get_description())

    def get_tags(self) -> list[str]:
        """The noun of the address."""
        parts = self.path.removeprefix("/api/v1/").split("/")
        return [parts[0] or "api"]

    def get_request_serializer(self) -> Any:
        """The body: of a verb its own."""
        if getattr(self.view, "verb_code", ""):
            return self.view.body_class
        if getattr(self.view, "action", "") == "create" and getattr(self.view, "create_body", None):
            return self.view.create_body
        serializer = super().get_request_serializer()
        if self.method in CHANGES and isinstance(serializer, RecordSerializer):
            # With a record: a serializer may take some values only at creation.
            model: Any = serializer.Meta.model
            return type(serializer)(instance=model(), context=serializer.context)
        return serializer

    def get_serializer_name(self, serializer: Any, direction: Any) -> str:
        """The name of a component; a replacement's body may differ from a creation's."""
        name = str(super().get_serializer_name(serializer, direction))
        replaces = self.method == "PUT" and direction == "request" and isinstance(serializer, RecordSerializer)
        return name.removesuffix("Serializer") + "Change" if replaces and serializer.instance is not None else name

    def get_response_serializers(self) -> Any:
        """The answer: of a verb the record, or nothing if it left the reader's rows."""
        if getattr(self.view, "verb_code", ""):
            return {200: self.view.answer_class or self.view.serializer_class, 204: None}
        return super().get_response_serializers()

    def get_override_parameters(self) -> list[Any]:
        """The headers that an operation understands, and `fields` where a record is answered."""

        def header(name: str, description: str) -> OpenApiParameter:
            return OpenApiParameter(name, OpenApiTypes.STR, OpenApiParameter.HEADER, description=description)

        found = list(super().get_override_parameters())
        if not hasattr(self.view, "verb_code"):
            return found
        one = "{id}" in self.path
        if self.method == "POST":
            found.append(
                header(
                    "Idempotency-Key", "A text of your own: a second request with it is answered as the first and does nothing."
                )
            )
        if one and self.method == "GET":
            found.append(header("If-None-Match", "ETag of the answer that you hold: 304 if it is still the same."))
        if one and self.method != "GET":
            found.append(header("If-Match", "ETag that your change is based on: 412 if somebody changed the record meanwhile."))
        if not self._is_list_view() and self.method != "DELETE" and not getattr(self.view, "verb_code", ""):
            found.append(OpenApiParameter("fields", OpenApiTypes.STR, description=str(FIELDS_PARAMETER["description"])))
        return found

    def _is_list_view(self, serializer: Any = None) -> bool:
        return bool(getattr(self.view, "several", False)) or super()._is_list_view(serializer)

    def _get_request_for_media_type(self, serializer: Any, direction: Any = "request") -> Any:
        schema, required = super()._get_request_for_media_type(serializer, direction)
        if schema and getattr(self.view, "action", "") == "create" and getattr(self.view, "create_action", None):
            schema = {"oneOf": [schema, {"type": "array", "items": schema, "minItems": 1, "maxItems": self.view.bulk_limit}]}
        return schema, required

    def _get_response_for_code(
        self, serializer: Any, status_code: Any, media_types: Any = None, direction: Any = "response"
    ) -> Any:
        answer = super()._get_response_for_code(serializer, status_code, media_types, direction)
        if status_code == "201" and getattr(self.view, "action", "") == "create" and getattr(self.view, "create_action", None):
            for content in answer.get("content", {}).values():
                content["schema"] = {"oneOf": [content["schema"], {"type": "array", "items": content["schema"]}]}
        return answer

    def _map_basic_serializer(self, serializer: Any, direction: Any) -> Any:
        schema = super()._map_basic_serializer(serializer, direction)
        if isinstance(serializer, RecordSerializer):
            if direction == "response":
                for part in schema["properties"].values():
                    if part.get("readOnly"):
                        part.pop("pattern", None)  # how it must be written says nothing about what stands there already
                # Any field may be missing: `fields=` chooses, and costs are left out for those who do not read them.
                schema["required"] = [name for name in schema["properties"] if name == "id"]
                if not schema["required"]:
                    del schema["required"]  # a line of a record, which has no key of its own
            else:
                schema["additionalProperties"] = False
        return schema


def add_problems(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Give every operation its refusals, and the schema the problem document."""
    components = result.setdefault("components", {})
    components.setdefault("schemas", {})["Problem"] = PROBLEM
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    components["responses"] = {f"Problem{code}": {"description": text, "content": content} for code, text in REASONS.items()}
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            answers = operation["responses"]
            for answer in answers.values():
                answer["description"] = answer["description"] or "What was asked for."
            # A reading that the state of its record can refuse names that status itself.
            refusals = ALWAYS | (WRITING if method != "get" else WRITING & set(answers))
            for code in sorted(refusals):
                if method == "get":
                    answers.pop(code, None)
                answers.setdefault(code, {"$ref": f"#/components/responses/Problem{code}"})
            if method == "get" and path.endswith("{id}/"):
                answers.setdefault("304", {"description": "What you hold is still the same."})
    return dict(_plain(result))


def _plain(part: Any) -> Any:
    """The document without the generator's own marks on choices, and with times of day that carry no zone."""
    if isinstance(part, dict):
        plain = {name: _plain(inner) for name, inner in part.items() if name != "x-spec-enum-id"}
        if plain.get("format") == "time":
            del plain["format"]
            plain["pattern"] = TIME_OF_DAY
        return plain
    return [_plain(inner) for inner in part] if isinstance(part, list) else part
