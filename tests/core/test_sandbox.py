"""The process for foreign files: no network, no other program, bounded time and memory, no secret in its environment."""

import textwrap

import pytest

from kam.core import sandbox


@pytest.fixture
def program(tmp_path, monkeypatch):
    """Run a few lines as a sandboxed program."""
    (tmp_path / "run.py").write_text((sandbox.FOLDER / "run.py").read_text())
    monkeypatch.setattr(sandbox, "FOLDER", tmp_path)

    def run(lines, **limits):
        (tmp_path / "trial.py").write_text("def main(order):\n" + textwrap.indent(textwrap.dedent(lines), "    "))
        return sandbox.run("trial", {"say": "hello"}, **limits)

    return run


def test_the_answer_comes_back_and_prints_do_not_disturb_it(program):
    assert program("print('noise')\nreturn {'said': order['say']}") == {"said": "hello"}


def test_it_knows_no_secret(program, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "very secret")
    names = program("import os\nreturn {'names': sorted(os.environ)}")["names"]
    assert "SECRET_KEY" not in names and "DATABASE_URL" not in names


@pytest.mark.parametrize(
    "lines",
    [
        "import socket\nsocket.create_connection(('127.0.0.1', 80), 1)",
        "import urllib.request\nurllib.request.urlopen('http://127.0.0.1:54329/')",
        "import subprocess\nsubprocess.run(['id'])",
        "import os\nos.system('id')",
        "raise ValueError('what a file says is nobody´s text')",
    ],
)
def test_network_and_other_programs_are_refused_and_faults_tell_nothing(program, lines):
    with pytest.raises(sandbox.SandboxError) as caught:
        program(lines)
    assert caught.value.code == "unreadable"


def test_time_ends(program):
    with pytest.raises(sandbox.SandboxError) as caught:
        program("while True: pass", seconds=1)
    assert caught.value.code in {"time", "crash"}


def test_memory_ends(program):
    with pytest.raises(sandbox.SandboxError) as caught:
        program("data = bytearray(600 * 1024 * 1024)\nreturn {}", megabytes=300)
    assert caught.value.code == "memory"


def test_a_crash_is_an_answer_too(program):
    with pytest.raises(sandbox.SandboxError) as caught:
        program("import ctypes\nctypes.string_at(0)")
    assert caught.value.code == "crash"
