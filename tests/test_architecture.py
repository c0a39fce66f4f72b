"""The house stands as it is drawn: names of files, floors, ports, scoping, and what a web process may load."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.utils.module_loading import import_string

from kam.configuration import ROOT
from kam.launch import repository

APPS = ("kam", "accounts", "catalog", "orders", "projects", "budgets", "complaints")
FORBIDDEN_NAMES = {"utils", "helpers", "common", "services", "managers", "signals", "util", "helper", "misc"}
HEAVY = ("typst", "ezdxf", "pypdfium2", "xlsxwriter", "PIL", "numpy")
SCOPED = {"visible_to", "permitted", "costs_visible_to"}
READING = {
    "all",
    "filter",
    "get",
    "exclude",
    "first",
    "last",
    "values",
    "values_list",
    "aggregate",
    "annotate",
    "count",
    "exists",
    "in_bulk",
}


def modules() -> Iterator[Path]:
    """The Python files of the product, migrations apart."""
    for app in APPS:
        yield from (file for file in sorted((ROOT / app).rglob("*.py")) if "migrations" not in file.parts)


def name_of(file: Path) -> str:
    """A file as a reader of a failure knows it."""
    return str(file.relative_to(ROOT))


def test_no_room_is_called_after_nothing() -> None:
    # kam/launch/services.py starts the services of a machine: there the word is the thing.
    found = [name_of(file) for file in modules() if file.stem in FORBIDDEN_NAMES or file.parent.name in FORBIDDEN_NAMES]
    assert found == ["kam/launch/services.py"]


def test_every_room_says_what_is_in_it() -> None:
    silent = []
    for file in modules():
        tree = ast.parse(file.read_text())
        if tree.body and not ast.get_docstring(tree):
            silent.append(name_of(file))
    assert silent == []


def test_no_file_passes_the_ceiling() -> None:
    long = {name_of(file): lines for file in modules() if (lines := file.read_text().count("\n")) > repository.LONGEST}
    assert long == {}


def test_no_tracked_file_names_a_registry_or_a_machine() -> None:
    assert repository.faults() == []


@pytest.mark.parametrize("line", ["see /home/anna/kam", "/root/kam/x", "'/opt/kam/bin'"])  # machine-path
def test_a_path_of_one_machine_is_noticed(line: str) -> None:
    assert repository.MACHINE.search(line)


@pytest.mark.parametrize(
    "line",
    ['"resolved": "https://x"', "--extra-index-url https://x", "registry=https://x", "[[tool.uv.index]]", "--find-links x"],
)
def test_an_address_of_a_registry_is_noticed(line: str) -> None:
    assert repository.REGISTRY.search(line)


@pytest.mark.parametrize(
    "line", ["/var/lib/postgresql", "/customers/12/edit/", "omit-lockfile-registry-resolved=true", "docs/decisions"]
)
def test_ordinary_text_is_left_alone(line: str) -> None:
    assert not repository.MACHINE.search(line)
    assert not repository.REGISTRY.search(line)


def test_every_port_leads_somewhere() -> None:
    missing = []
    for name, paths in settings.PORTS.items():
        for path in [paths] if isinstance(paths, str) else paths:
            try:
                import_string(path)
            except ImportError as problem:
                missing.append(f"{name}: {problem}")
    assert missing == []


def unscoped_queries(tree: ast.AST) -> Iterator[int]:
    """Lines in functions that read from a model's manager without asking who reads.

    What a class declares (`queryset = Customer.objects.all()`) is scoped by the base classes, per request.
    """
    parents = {child: parent for parent in ast.walk(tree) for child in ast.iter_child_nodes(parent)}
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Attribute) and node.attr in {"objects", "_default_manager", "_base_manager"}):
            continue
        called, above = [], parents.get(node)
        while isinstance(above, ast.Attribute | ast.Call):
            if isinstance(above, ast.Attribute):
                called.append(above.attr)
            above = parents.get(above)
        scope = parents.get(node)
        while scope is not None and not isinstance(scope, ast.FunctionDef | ast.ClassDef | ast.Lambda):
            scope = parents.get(scope)
        declared = isinstance(scope, ast.ClassDef)
        if called and called[0] in READING and not SCOPED & set(called) and not declared:
            yield node.lineno


def test_screens_and_endpoints_never_query_past_the_row_rule() -> None:
    found = []
    for file in modules():
        parts = file.relative_to(ROOT).with_suffix("").parts
        if parts[0] != "kam" and {"views", "api", "forms"} & set(parts[1:3]):
            found += [f"{name_of(file)}:{line}" for line in unscoped_queries(ast.parse(file.read_text()))]
    assert found == []


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("Customer.objects.filter(pk=1)", [1]),
        ("Customer.objects.all().order_by('pk')", [1]),
        ("Customer.objects.visible_to(user).filter(pk=1)", []),
        ("Customer.objects.filter(pk=1).visible_to(user)", []),
        ("Customer.objects.permitted(user, verb).get()", []),
        ("class List:\n    queryset = Customer.objects.all()", []),
        ("class List:\n    def rows(self):\n        return Customer.objects.all()", [3]),
    ],
)
def test_a_query_past_the_row_rule_is_noticed(source: str, lines: list[int]) -> None:
    assert list(unscoped_queries(ast.parse(source))) == lines


def test_a_web_process_loads_nothing_that_prints_previews_or_exports() -> None:
    script = (
        "import sys, kam.wsgi; from django.urls import get_resolver; get_resolver().url_patterns;"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, text=True, capture_output=True, check=True)
    assert done.stdout.strip() == "[]"


def test_no_template_carries_code_or_style() -> None:
    inline = re.compile(
        r"""\sstyle\s*=|\son[a-z]+\s*=\s*["']|<script(?![^>]*\b(src|type="application/json")\b)|javascript:|hx-on|\bjs:"""
    )
    found = []
    for folder in ("templates", *APPS):
        for file in sorted((ROOT / folder).rglob("*.html")):
            for number, line in enumerate(file.read_text().splitlines(), 1):
                if inline.search(line):
                    found.append(f"{name_of(file)}:{number}: {line.strip()[:80]}")
    assert found == []


def test_words_are_marked_by_names_that_the_catalogues_know() -> None:
    """A message behind any other name would never be collected, and stand in English for every reader."""
    alias = re.compile(r"\bn?p?gettext(?:_lazy|_noop)? as (?!_\b)\w+")
    assert not [name_of(file) for file in modules() if alias.search(file.read_text())]
