"""How an image keeps its static files: named by their content, compressed, and forgiving of what vendors left out."""

from typing import Any

from whitenoise.storage import CompressedManifestStaticFilesStorage


class CollectedFiles(CompressedManifestStaticFilesStorage):
    """A vendor's style sheet may name a source map that is not shipped; its name then stays as it is."""

    manifest_strict = False

    def hashed_name(self, name: str, content: Any = None, filename: str | None = None) -> str:
        try:
            return str(super().hashed_name(name, content, filename))
        except ValueError:
            return name
