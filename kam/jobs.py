"""ROOF: what runs in the background, what can be imported and what can be printed, by name; no rule of its own."""

#: Kind of job → its `run(job, report)`.
JOB_KINDS: dict[str, str] = {
    "core.export_list": "kam.core.exports.run",
    "core.preview_import": "kam.core.imports.run_preview",
    "core.apply_import": "kam.core.imports.run_apply",
    "core.process_document": "kam.core.previews.run",
    "core.print": "kam.core.printing.run",
}

#: Kind of import → its ImportKind, in the application's excel.py.
IMPORT_KINDS: dict[str, str] = {}

#: Print → the function `(key, *, actor) -> Contents` in the application's documents.py.
PRINTS: dict[str, str] = {}
