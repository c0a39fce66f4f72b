"""Where the fonts of prints and drawings lie: the packages that the product brings, never the machine's own."""

from importlib.util import find_spec
from pathlib import Path

PACKAGES = ("fontpkg_inter", "fontpkg_noto_sans")


def font_folders() -> list[str]:
    """The folders with the font files of Inter and Noto Sans."""
    folders = []
    for package in PACKAGES:
        found = find_spec(package)
        if found is None or found.origin is None:
            raise RuntimeError(f"The font package {package} is not installed")
        folders.append(str(Path(found.origin).parent / "files"))
    return folders
