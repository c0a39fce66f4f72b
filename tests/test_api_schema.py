"""The description of the API: generated without a warning, equal to the stored file, complete for whoever reads it."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import call_command
from drf_spectacular.drainage import GENERATOR_STATS, reset_generator_stats
from drf_spectacular.renderers import OpenApiYamlRenderer
from drf_spectacular.settings import spectacular_settings
from drf_spectacular.validation import validate_schema

from kam.api import router

STORED = Path(__file__).parent / "openapi.yaml"
METHODS = {"get", "post", "put", "patch", "delete"}


def read(text: Any) -> Any:
    """A document, read by the library's quick parser: it is a megabyte."""
    return yaml.load(text, Loader=yaml.CSafeLoader)


@pytest.fixture(scope="module")
def generated() -> dict[str, Any]:
    reset_generator_stats()
    schema = spectacular_settings.DEFAULT_GENERATOR_CLASS().get_schema(request=None, public=True)
    warnings = [*GENERATOR_STATS._warn_cache, *GENERATOR_STATS._error_cache]
    assert not warnings, "\n".join(warnings)
    return dict(read(OpenApiYamlRenderer().render(schema, renderer_context={})))


def operations(schema: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (path, method, what) for path, methods in schema["paths"].items() for method, what in methods.items() if method in METHODS
    ]


def test_the_schema_is_valid_and_equal_to_the_stored_one(generated):
    validate_schema(generated)
    text = OpenApiYamlRenderer().render(generated, renderer_context={}).decode()
    assert read(STORED.read_text()) == read(text), "run: python manage.py spectacular --file tests/openapi.yaml"


def test_the_command_writes_the_same_in_every_language(generated, tmp_path):
    call_command("spectacular", "--validate", "--fail-on-warn", "--lang", "de", "--file", str(tmp_path / "schema.yaml"))
    assert read((tmp_path / "schema.yaml").read_text()) == generated


def test_every_address_keeps_its_place_and_its_slash(generated):
    assert generated["paths"]
    assert [path for path in generated["paths"] if not (path.startswith("/api/v1/") and path.endswith("/"))] == []


def test_every_endpoint_is_described(generated):
    described = {path.split("/")[3] for path in generated["paths"]}
    assert {prefix for prefix, _viewset, _basename in router.registry} <= described


def test_every_operation_has_words_a_tag_and_its_refusals(generated):
    for path, method, what in operations(generated):
        where = f"{method} {path}"
        assert what.get("summary"), where
        assert what.get("description"), where
        assert what["tags"] == [path.split("/")[3]], where
        assert {"400", "401", "403", "404", "429", "500"} <= set(what["responses"]), where
        assert any(code.startswith("2") for code in what["responses"]), where
        if method != "get":
            assert {"409", "412", "415", "422"} <= set(what["responses"]), where


def test_every_post_takes_a_key_and_every_record_a_version(generated):
    for path, method, what in operations(generated):
        headers = {parameter["name"] for parameter in what.get("parameters", []) if parameter["in"] == "header"}
        if path.removeprefix("/api/v1/").split("/")[0] not in {prefix for prefix, _viewset, _basename in router.registry}:
            continue
        if method == "post":
            assert "Idempotency-Key" in headers, path
        if "{id}" in path and method != "get":
            assert "If-Match" in headers, path


@pytest.mark.django_db
def test_the_schema_and_its_page_are_for_those_who_are_signed_in(generated, client, django_user_model):
    assert client.get("/api/v1/schema/").status_code == 401
    assert client.get("/api/v1/docs/").status_code == 302
    client.force_login(django_user_model.objects.create_user("ada@kam.example", first_name="Ada", last_name="L", language="it"))
    for language in ("it", "de"):
        answer = client.get("/api/v1/schema/", headers={"Accept": "application/json", "Accept-Language": language})
        assert answer["Content-Type"] == "application/json" and answer.json() == generated
    answer = client.get("/api/v1/schema/")
    assert answer["Content-Type"] == "application/vnd.oai.openapi" and read(answer.content) == generated
    page = client.get("/api/v1/docs/")
    assert page.status_code == 200
    text = page.content.decode()
    assert "<style" not in text and "style=" not in text and "onload" not in text
    assert all("src=" in tag.split(">")[0] for tag in text.split("<script")[1:]), "no script of its own in the page"
