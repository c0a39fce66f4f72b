"""What may not stand in a tracked file: addresses of package registries, paths of one machine, files that grew too long."""

import re
import subprocess
import sys
from pathlib import Path

from kam.configuration import ROOT

LONGEST = 500
LOCKS = re.compile(r"(\.lock|lock.*\.json|requirements.*|\.npmrc|\.toml|\.cfg)$")
REGISTRY = re.compile(
    r"""["']?resolved["']?\s*[:=]\s*["']https?:|registry\s*[:=]\s*["']?https?:|--(extra-)?index-url|--find-links|\[\[?tool\.uv\.index|^\s*(index-)?url\s*=\s*["']https?:""",
    re.MULTILINE,
)
MACHINE = re.compile(r"(^|[^A-Za-z0-9._/-])/(home|Users|work|root|opt)/[a-z_][\w.-]*")
BINARY = {".png", ".woff2", ".xlsx", ".pdf", ".dxf", ".mo", ".jpg", ".ico", ".msg", ".zip"}


def tracked_files() -> list[Path]:
    """The files that git keeps, as far as they are there."""
    listed = subprocess.run(["git", "ls-files", "-z", "--cached"], cwd=ROOT, text=True, capture_output=True, check=True).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def faults() -> list[str]:
    """What is wrong, a line each."""
    found = []
    for file in tracked_files():
        name = str(file.relative_to(ROOT))
        if file.suffix in BINARY:
            continue
        text = file.read_text(encoding="utf-8")
        if LOCKS.search(file.name) and REGISTRY.search(text):
            found.append(f"{name}: names a package registry")
        for number, line in enumerate(text.splitlines(), 1):
            if MACHINE.search(line) and "machine-path" not in line:
                found.append(f"{name}:{number}: a path of one machine: {line.strip()[:100]}")
        lines = text.count("\n")
        if file.suffix == ".py" and "migrations" not in file.parts and lines > LONGEST:
            found.append(f"{name}: {lines} lines, {LONGEST} are allowed; split it by noun")
    return found


if __name__ == "__main__":
    problems = faults()
    print("\n".join(problems))
    sys.exit(bool(problems))
