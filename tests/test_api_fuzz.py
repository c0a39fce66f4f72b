"""Random requests over the whole schema on one seeded database: never a failure of ours, never an answer that breaks the schema.

They go to the application in this process, one after the other and each as one of three people: nothing depends on how
busy the machine is. `KAM_FUZZ_EXAMPLES` (2) is the number of random requests per operation, as many again that the
schema forbids; `make fuzz` sends many more.
"""

import os
from collections import Counter, defaultdict
from contextlib import suppress
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance

from tests.fuzz_subjects import UPLOADS, on_a_plant
from tests.fuzzing import EVERYTHING, ROLES, World, endpoint, keys, likely_body, seed, settle

DEEP = 100 if hypothesis.settings.get_current_profile_name() == "deep" else 2
EXAMPLES = int(os.environ.get("KAM_FUZZ_EXAMPLES", DEEP))
LIKELY_TRIES = 4
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
#: Of all operations so many answer 2xx to one of the three; each of them to somebody.
LEAST_SHARE = 0.8


def turn(operation: Any) -> int:
    """When an operation is tried: lists, creating, reading one, changing, verbs, removing."""
    method, one = operation.method.upper(), "{id}" in operation.path
    if method == "POST" and one:
        return 4
    if method == "GET":
        return 2 if one else 0
    return {"POST": 1, "PATCH": 3, "PUT": 3, "DELETE": 5}[method]


def asked_of(path: str) -> dict[str, Any]:
    """What an address asks for that stands for no kind of record."""
    match path.rstrip("/").rpartition("/")[2]:
        case "search":
            return {"q": "acme"}
        case "timeline":
            return on_a_plant(None)
    return {}


class Fuzz:
    """One run: what was sent, what came back, what was wrong with it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.answers: dict[str, Counter[int]] = defaultdict(Counter)
        self.passed: dict[str, set[str]] = defaultdict(set)
        self.faults: dict[str, str] = {}
        self.reasons: dict[str, str] = {}
        self.last = ""

    def send(self, operation: Any, role: str, case: Any) -> int:
        """Send one request as a person and note what is wrong with the answer."""
        response = case.call(headers={"Authorization": f"Token {self.world.tokens[role]}"})
        code = int(response.status_code)
        self.answers[operation.label][code] += 1
        if 200 <= code < 300:
            self.passed[operation.label].add(role)
        self.last = response.content.decode(errors="replace")
        try:
            case.validate_response(response, checks=CHECKS)
        except (Exception, FailureGroup) as fault:
            self.faults.setdefault(operation.label, f"as {role}: {fault}"[:1500])
        return code

    def likely(self, operation: Any, role: str) -> None:
        """Send what a client that knows its business would send, on a record that is fit for it."""
        viewset, tail = endpoint(operation.path)
        method = operation.method.upper()
        if viewset is None:
            self.send(operation, role, operation.Case(query=asked_of(operation.path)))
            return
        for key in self._records(operation, role, viewset, tail, method):
            values: dict[str, Any] = {"path_parameters": {"id": key} if key else {}}
            if method not in {"GET", "DELETE"}:
                values["body"] = likely_body(self.world, role, viewset, tail, method, key)
                values["media_type"] = "application/json"
                upload = UPLOADS.get((viewset.queryset.model._meta.model_name, tail or method))
                if upload:
                    said = {name: value for name, value in values["body"].items() if value != ""}
                    form = encode_multipart(BOUNDARY, said | {"file": upload()})
                    values |= {"body": form, "media_type": "multipart/form-data", "headers": {"Content-Type": MULTIPART_CONTENT}}
            code = self.send(operation, role, operation.Case(**values))
            if 200 <= code < 300 or code == 403:
                return
            self.reasons[operation.label] = f"{values.get('body', '')} -> {self.last}"[-900:]

    def _records(self, operation: Any, role: str, viewset: Any, tail: str, method: str) -> list[int | None]:
        """The keys to try: one record made for this write, else some that the person sees."""
        if "{id}" not in operation.path:
            return [None] * (1 if method == "GET" else LIKELY_TRIES)
        assert self.world.subjects is not None
        fit = self.world.subjects.of(viewset.queryset.model, tail or method, self.world.person(role))
        return [fit.pk] if fit is not None else [*keys(self.world, role, viewset, method)[:LIKELY_TRIES]]

    def random(self, operation: Any, mode: GenerationMode, examples: int) -> None:
        """Send random requests, each as one of the people: such as the schema allows, or such as it forbids."""
        viewset, tail = endpoint(operation.path)
        if not examples:
            return

        @given(case=operation.as_strategy(generation_mode=mode))
        @settings(
            max_examples=examples,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def run(case: Any) -> None:
            role = self.world.chance.choice(ROLES)
            if mode is GenerationMode.POSITIVE:
                settle(self.world, role, viewset, tail, case)
            self.send(operation, role, case)

        with suppress(Unsatisfiable):  # nothing about this operation can be wrong
            run()


@pytest.mark.fuzz
@pytest.mark.django_db(transaction=True)
def test_random_requests_find_no_failure_of_ours(settings: Any) -> None:
    settings.API_REQUESTS_A_MINUTE = 0
    settings.ALLOWED_HOSTS = ["*"]
    fuzz = Fuzz(seed())
    schema = schemathesis.openapi.from_path(Path(__file__).parent / "openapi.yaml")
    schema.app = get_wsgi_application()
    found = [result.ok() for result in schema.get_all_operations()]
    found.sort(key=turn)
    for operation in found:
        for role in ROLES:
            fuzz.likely(operation, role)
        if not fuzz.passed[operation.label]:
            fuzz.likely(operation, EVERYTHING)
        fuzz.random(operation, GenerationMode.POSITIVE, EXAMPLES)
        fuzz.random(operation, GenerationMode.NEGATIVE, EXAMPLES)
    others = [operation.label for operation in found if not fuzz.passed[operation.label] & set(ROLES)]
    never = [label for label in others if not fuzz.passed[label]]
    requests = sum(answers.total() for answers in fuzz.answers.values())
    print(f"\n{len(found)} operations, {requests} requests, {1 - len(others) / len(found):.1%} answered 2xx to one of the three")
    for label in others:
        word = "never 2xx" if label in never else "2xx only to other roles"
        print(f"{word}: {label} {dict(fuzz.answers[label])}: {fuzz.reasons.get(label, 'refused')}")
    assert not fuzz.faults, "\n\n".join(f"{label} {fault}" for label, fault in fuzz.faults.items())
    assert not never, never
    assert len(others) <= (1 - LEAST_SHARE) * len(found), others
