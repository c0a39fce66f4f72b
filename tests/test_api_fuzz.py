"""Random requests over the whole schema on one seeded database: never a failure of ours, never an answer that breaks the schema.

`KAM_FUZZ_EXAMPLES` (5) is the number of random requests per operation and role; `make fuzz` sends many more.
"""

import os
from collections import Counter, defaultdict
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance

from tests.fuzzing import ROLES, World, endpoint, keys, likely_body, seed, settle

EXAMPLES = int(os.environ.get("KAM_FUZZ_EXAMPLES", "5"))
LIKELY_TRIES = 4
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
ORDER = ["GET", "POST", "PATCH", "PUT", "DELETE"]
LEAST_SHARE = 0.8


class Fuzz:
    """One run: what was sent, what came back, what was wrong with it."""

    def __init__(self, world: World, address: str) -> None:
        self.world, self.address = world, address
        self.answers: dict[str, Counter[int]] = defaultdict(Counter)
        self.faults: dict[str, str] = {}

    def send(self, operation: Any, role: str, case: Any) -> int:
        """Send one request as a person and note what is wrong with the answer."""
        response = case.call(base_url=self.address, headers={"Authorization": f"Token {self.world.tokens[role]}"})
        self.answers[operation.label][response.status_code] += 1
        try:
            case.validate_response(response, checks=CHECKS)
        except Exception as fault:
            self.faults.setdefault(operation.label, f"as {role}: {fault}"[:3000])
        return int(response.status_code)

    def likely(self, operation: Any, role: str) -> None:
        """Send what a client that knows its business would send, on several records until one takes it."""
        viewset, tail = endpoint(operation.path)
        method = operation.method.upper()
        if "{id}" in operation.path:
            found: list[int | None] = [*keys(self.world, role, viewset, method)[:LIKELY_TRIES]]
        else:
            found = [None] * (1 if method == "GET" else LIKELY_TRIES)
        for key in found:
            body = {"body": likely_body(self.world, role, viewset, tail, method, key), "media_type": "application/json"}
            case = operation.Case(path_parameters={"id": key} if key else {}, **({} if method in {"GET", "DELETE"} else body))
            if 200 <= self.send(operation, role, case) < 300:
                return

    def random(self, operation: Any, role: str, mode: GenerationMode, examples: int) -> None:
        """Send random requests: such as the schema allows, or such as it forbids."""
        viewset, tail = endpoint(operation.path)

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
            if mode is GenerationMode.POSITIVE:
                settle(self.world, role, viewset, tail, case)
            self.send(operation, role, case)

        with suppress(Unsatisfiable):  # nothing about this operation can be wrong
            run()


@pytest.mark.django_db(transaction=True)
def test_random_requests_find_no_failure_of_ours(live_server: Any, settings: Any) -> None:
    settings.API_REQUESTS_A_MINUTE = 0
    fuzz = Fuzz(seed(), live_server.url)
    schema = schemathesis.openapi.from_path(Path(__file__).parent / "openapi.yaml")
    found = [result.ok() for result in schema.get_all_operations()]
    found.sort(key=lambda one: ORDER.index(one.method.upper()))
    for operation in found:
        for role in ROLES:
            fuzz.likely(operation, role)
            fuzz.random(operation, role, GenerationMode.POSITIVE, max(1, EXAMPLES - 2))
            fuzz.random(operation, role, GenerationMode.NEGATIVE, max(1, EXAMPLES // 4))
    never = [label for label, answers in fuzz.answers.items() if not any(200 <= code < 300 for code in answers)]
    print(f"{len(found)} operations, {sum(sum(answers.values()) for answers in fuzz.answers.values())} requests")
    for label in never:
        print(f"never 2xx: {label} {dict(fuzz.answers[label])}")
    assert not fuzz.faults, "\n\n".join(f"{label} {fault}" for label, fault in fuzz.faults.items())
    assert len(never) <= (1 - LEAST_SHARE) * len(found), never
