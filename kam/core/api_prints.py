"""Prints over REST: a POST at the record starts one and answers the job whose file is the paper."""

from collections.abc import Callable
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from kam.core.api import StrictSerializer
from kam.core.api_process import JobSerializer
from kam.core.jobs import Job
from kam.core.printing import start_print
from kam.core.rest import versions


class PrintSerializer(StrictSerializer):
    """A print takes nothing: it says what its reader may see, in their language."""


class IssueSerializer(PrintSerializer):
    """A print, and whether it is issued: kept as it is sent, with its hash."""

    issue = serializers.BooleanField(required=False)


class print_action:  # noqa: N801 - reads as a declaration in the body of a viewset
    """A print as `POST …/{id}/<name>/`: `print_book = print_action("budgets.budget_book", "Print the book")`.

    `printed` is a key of the port `prints`, `says` what it does, for the API's description. `key` makes of a record, for an
    actor, what the print is asked for by; without it that is the record's own key. With `issuing`, which starts that job, the
    print may be issued.
    """

    def __init__(self, printed: str, says: str, key: Any = None, issuing: Callable[..., Job] | None = None) -> None:
        self.printed, self.says, self.key = printed, says, key or (lambda record, actor: str(record.pk))
        self.issuing = issuing

    def __set_name__(self, owner: type, name: str) -> None:
        printed, key, issuing = self.printed, self.key, self.issuing
        taken = IssueSerializer if issuing else PrintSerializer

        def run(view: Any, request: Any, *args: Any, **kwargs: Any) -> Response:
            record = view.subject()
            versions.expected_version(request, record)  # whoever names one prints no other
            body = taken(data=request.data, context=view.get_serializer_context())
            body.is_valid(raise_exception=True)
            asked = key(record, request.user)
            if issuing and body.validated_data.get("issue"):
                job = issuing([(printed, asked)], actor=request.user, title=str(record))
            else:
                job = start_print(printed, asked, actor=request.user, title=str(record), about=record)
            return Response(JobSerializer(job, context=view.get_serializer_context()).data, status=201)

        run.__name__, run.__doc__ = name, self.says
        declare = action(
            detail=True, methods=["post"], url_path=name.replace("_", "-"), filter_backends=[], pagination_class=None
        )
        described = extend_schema(request=taken, responses={201: JobSerializer})
        setattr(owner, name, described(declare(run)))
