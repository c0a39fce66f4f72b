"""The base of every endpoint of records: visible rows in, one action out; no business rule."""

import inspect
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from kam.core.rest import versions
from kam.core.rest.access import activate_language
from kam.core.rest.listing import ChangedSince, Chosen, Ordering, RecordFilter, check_parameters, refuse
from kam.core.rest.once import once
from kam.core.rest.pages import Pages
from kam.core.rest.problems import BulkErrors, Problem, denied_errors, field_errors
from kam.core.rest.serializers import VerbSerializer
from kam.core.verbs import VERBS
from kam.core.workflow import Denied, not_permitted

Errors = list[dict[str, Any]]
Refused = list[Denied]


class RecordViewSet(GenericViewSet):
    """Records of one model over HTTP: what a person may see, and the same actions as the screen.

    Set `queryset`, `serializer_class`, `filterset_class` (the screen's), `ordering_fields` (names, or name → ORM path)
    and, where the API writes, `create_action`, `update_action`, `delete_action`: the code of a verb or the action itself.
    Without an action its method answers 405. `create_body` is what a creation takes where that is not the record itself. Verbs are attributes made by `verb_action`.
    """

    filter_backends = [RecordFilter, ChangedSince, Ordering, Chosen]
    pagination_class = Pages
    filterset_class: Any = None
    ordering_fields: Any = ()
    ordering: tuple[Any, ...] = ()
    create_action: Any = None
    create_body: Any = None
    update_action: Any = None
    delete_action: Any = None
    bulk_limit = 500
    verb_code = ""
    body_class: Any = None
    answer_class: Any = None
    next_since: Any = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for hook, names in WRITERS.items():
            for name, method in names.items():
                if getattr(cls, hook) is not None and not hasattr(cls, name):
                    setattr(cls, name, method)

    # What comes in

    def perform_authentication(self, request: Any) -> None:
        """Who asks, and the language of the texts that they read."""
        super().perform_authentication(request)
        activate_language(request)

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        """Before every method: the checks, and a POST with a key only once."""
        self.waiting: Refused = []
        super().initial(request, *args, **kwargs)
        if request.method == "POST" and hasattr(self, "post"):
            setattr(self, "post", once(getattr(self, "post")))  # noqa: B009, B010

    def handle_exception(self, exc: Exception) -> Response:
        """The refusal as a problem document; what it asks of others is done outside the transaction that was undone."""
        response = super().handle_exception(exc)
        for denied in (exc, *self.waiting):
            if isinstance(denied, Denied) and denied.afterwards is not None:
                denied.afterwards()
        return response

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Answers are for this person only and are kept by nobody on the way."""
        response = super().finalize_response(request, response, *args, **kwargs)
        response["Cache-Control"] = "private, no-store"
        return response

    @property
    def model(self) -> Any:
        """What the records are."""
        return type(self).queryset.model  # type: ignore[union-attr,arg-type]

    @property
    def cost_fields(self) -> tuple[str, ...]:
        """The fields that only readers of costs see."""
        return getattr(self.serializer_class, "cost_fields", ())

    def get_queryset(self) -> Any:
        """The rows that this person may see, with what an answer needs."""
        rows: Any = super().get_queryset()
        if getattr(self, "swagger_fake_view", False):
            return rows.none()
        return rows.visible_to(self.request.user).for_list()

    def get_object(self) -> Any:
        """One row among those that this person may see, whatever the filters of lists, with what an answer needs."""
        check_parameters(self.request, {"fields"})
        return self.record_at_address()

    def subject(self) -> Any:
        """The same row as an action takes it: as it stands in its table, with nothing that was read beside it."""
        check_parameters(self.request, {"fields"})
        return self.record_at_address(type(self).queryset.all().visible_to(self.request.user))  # type: ignore[union-attr,arg-type,misc]

    def record_at_address(self, rows: Any = None) -> Any:
        """The same for a reading that knows parameters of its own; of `rows` where not all are wanted that an answer needs."""
        key = str(self.kwargs[self.lookup_url_kwarg or self.lookup_field])
        if not (key.isascii() and key.isdigit() and len(key) < 19):
            raise self._absent()
        record = (self.get_queryset() if rows is None else rows).few().filter(pk=int(key)).first()
        if record is None:
            raise self._absent()
        self.check_object_permissions(self.request, record)
        return record

    @staticmethod
    def _absent() -> Problem:
        return Problem("not_found", _("There is nothing at this address that you may see."), status=404)

    def chosen_fields(self, queryset: Any = None) -> list[str] | None:
        """The names in `fields=`, or None for all; an unknown one is refused."""
        text = self.request.query_params.get("fields")
        if text is None:
            return None
        known = {name for name, field in self._fields().items() if not field.write_only}
        names = list(filter(None, text.split(",")))
        unknown = [name for name in names if name not in known]
        if unknown:
            raise ValidationError({"fields": [ErrorDetail(gettext("There is no field of this name."), "unknown_field")]})
        if any(name in self.cost_fields for name in names) and not self.costs_readable(self.get_queryset()).exists():
            raise refuse("fields", "costs_hidden", _("Costs and margins are not for you to see here."))
        return list(dict.fromkeys(["id", *names]))

    def _fields(self) -> dict[str, Any]:
        """The fields of the record's serializer."""
        serializer: Any = self.get_serializer()
        return dict(serializer.fields)

    def costs_readable(self, queryset: Any) -> Any:
        """The rows whose costs this person reads."""
        return queryset.costs_visible_to(self.request.user)

    def costs_read_in(self, records: list[Any]) -> set[Any]:
        """The keys of those of the records whose costs this person reads."""
        keys = [record.pk for record in records]
        return set(self.costs_readable(type(records[0])._default_manager.filter(pk__in=keys)).values_list("pk", flat=True))

    def refuse_hidden_costs(self, parameter: str, queryset: Any) -> None:
        """Refuse to filter or sort by costs unless the person reads them in every row of the list."""
        readable = self.costs_readable(queryset).order_by().values("pk")
        if queryset.order_by().exclude(pk__in=readable).exists() or not readable.exists():
            raise refuse(parameter, "costs_hidden", _("Costs and margins are not for you to see here."))

    # What goes out

    def present(self, records: list[Any]) -> list[dict[str, Any]]:
        """The records as the reader sees them: the fields asked for, without costs that are not theirs to read."""
        serializer: Any = self.get_serializer(records, many=True)
        serializer.child.chosen = self.chosen_fields()
        rows = serializer.data
        if self.cost_fields and records:
            readable = self.costs_read_in(records)
            for record, row in zip(records, rows, strict=True):
                if record.pk not in readable:
                    for name in self.cost_fields:
                        row.pop(name, None)
        return list(rows)

    def _answer(self, record: Any, code: int = status.HTTP_200_OK) -> Response:
        """One record as it is now, with its ETag; nothing if it left this person's rows."""
        fresh = self.get_queryset().few().filter(pk=record.pk).first()
        if fresh is None:
            return Response(status=status.HTTP_204_NO_CONTENT)
        data = self.present([fresh])[0]
        return Response(data, status=code, headers={"ETag": versions.etag(fresh, data, self.request.user)})

    # Reading

    def marks(self, record: Any) -> str:
        """What else an answer shows that changes without the record's own version."""
        return ""

    def list(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """The rows that you may see, a page at a time; the filters are those of the screen."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.present(page or []))

    def retrieve(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """One record, with its version as ETag."""
        record = self.get_object()
        data = self.present([record])[0]
        tag = versions.etag(record, data, request.user, self.marks(record))
        if versions.unchanged(request, tag):
            return Response(status=status.HTTP_304_NOT_MODIFIED, headers={"ETag": tag})
        return Response(data, headers={"ETag": tag})

    # Writing: the methods that a subclass with the matching action gets

    def _hook(self, name: str) -> Any:
        hook = inspect.getattr_static(self, name)
        return hook.__func__ if isinstance(hook, staticmethod) else hook

    def call(self, name: str, subject: Any, /, **values: Any) -> Any:
        """Do the action of a hook (`create_action`, …) as this person."""
        hook = self._hook(name)
        run: Callable[..., Any] = VERBS[hook].action if isinstance(hook, str) else hook
        return run(subject, actor=self.request.user, **values)

    def require(self, verb: Any, record: Any = None) -> None:
        """Refuse who has not the verb (an action or its code; here, or on this record) before a word of the body is read."""
        code = verb if isinstance(verb, str) else getattr(verb, "code", "")
        if not code:
            return
        user: Any = self.request.user
        if not (
            user.may(code) if record is None else self.model._default_manager.permitted(user, code).filter(pk=record.pk).exists()
        ):
            raise not_permitted()

    def _create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Create one record, or several sent as a list: all or none, every error at once."""
        check_parameters(request, {"fields"})
        self.chosen_fields()
        self.require(self._hook("create_action"))
        if isinstance(request.data, list):
            return self._create_several(request.data)
        serializer = self._body_of(request.data)
        serializer.is_valid(raise_exception=True)
        record = self.call("create_action", self.model, **serializer.validated_data)
        response = self._answer(record, status.HTTP_201_CREATED)
        address = self.reverse_action("detail", args=[record.pk])
        if address:
            response["Location"] = address
        return response

    def _body_of(self, item: Any) -> Any:
        """The serializer of what a creation takes."""
        if self.create_body is None:
            return self.get_serializer(data=item)
        return self.create_body(data=item, context=self.get_serializer_context())

    def _create_several(self, items: Sequence[Any]) -> Response:
        if not 1 <= len(items) <= self.bulk_limit:
            raise Problem("out_of_range", _("Send from 1 to %(limit)s items at once.") % {"limit": self.bulk_limit})
        errors: Errors = []
        records = []
        codes = set()
        with transaction.atomic():
            for index, item in enumerate(items):
                serializer = self._body_of(item)
                if not serializer.is_valid():
                    errors += field_errors(serializer.errors, index=index)
                    codes.add(400)
                    continue
                try:
                    with transaction.atomic():
                        records.append(self.call("create_action", self.model, **serializer.validated_data))
                except Denied as denied:
                    self.waiting.append(denied)
                    errors += denied_errors(denied, index)
                    codes.add(denied.status)
            if errors:
                raise BulkErrors(errors, codes.pop() if len(codes) == 1 else 400)
        fresh = self.get_queryset().in_bulk([record.pk for record in records])
        return Response(self.present([fresh[record.pk] for record in records]), status=status.HTTP_201_CREATED)

    def _update(self, request: Any, *args: Any, partially: bool = False, **kwargs: Any) -> Response:
        """Replace the writable values of a record; the answer is the record as it is afterwards."""
        record = self.subject()
        self.chosen_fields()
        self.require(self._hook("update_action"), record)
        version = versions.expected_version(request, record)
        serializer = self.get_serializer(record, data=request.data, partial=partially)
        serializer.is_valid(raise_exception=True)
        self.call("update_action", record, version=version, **serializer.validated_data)
        return self._answer(record)

    def _partial_update(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Change some values of a record; the answer is the record as it is afterwards."""
        return RecordViewSet._update(self, request, *args, partially=True, **kwargs)

    def _destroy(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Remove a record that nothing refers to."""
        record = self.subject()
        self.require(self._hook("delete_action"), record)
        self.call("delete_action", record, version=versions.expected_version(request, record))
        return Response(status=status.HTTP_204_NO_CONTENT)

    def run_verb(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Do the verb of this address on the record."""
        one = bool(kwargs)
        record = self.subject() if one else self.model
        self.require(self.verb_code, record if one else None)
        version = {"version": versions.expected_version(request, record)} if one else {}
        body = self.body_class(data=request.data, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        result = VERBS[self.verb_code].action(record, actor=request.user, **version, **body.validated_data)
        if self.answer_class is not None:
            data = self.answer_class(result, context=self.get_serializer_context()).data
            costs: tuple[str, ...] = getattr(self.answer_class, "cost_fields", None) or ()
            if costs and one and not self.costs_read_in([record]):
                data = {name: value for name, value in data.items() if name not in costs}
            return Response(data)
        return self._answer(record if one else result)


WRITERS: dict[str, dict[str, Any]] = {
    "create_action": {"create": RecordViewSet._create},
    "update_action": {"update": RecordViewSet._update, "partial_update": RecordViewSet._partial_update},
    "delete_action": {"destroy": RecordViewSet._destroy},
}


class verb_action:  # noqa: N801 - reads as a declaration in the body of a viewset
    """A verb as `POST …/{id}/<name>/`, the attribute's name being the address: `close = verb_action("accounts.close_customer")`.

    `body` is the serializer of what the verb takes (a VerbSerializer; without one: only a reason), `answer` that of
    what the action returns (without one: the record as it is afterwards). `detail=False` is a verb on the collection.
    """

    def __init__(self, code: str, body: Any = None, *, answer: Any = None, detail: bool = True) -> None:
        self.code, self.body, self.answer, self.detail = code, body or VerbSerializer, answer, detail

    def __set_name__(self, owner: type, name: str) -> None:
        def run(view: Any, request: Any, *args: Any, **kwargs: Any) -> Response:
            return RecordViewSet.run_verb(view, request, *args, **kwargs)

        run.__name__ = name
        run.__doc__ = self.code
        declare = partial(action, detail=self.detail, methods=["post"], url_path=name.rstrip("_").replace("_", "-"))
        setattr(owner, name, declare(verb_code=self.code, body_class=self.body, answer_class=self.answer)(run))
