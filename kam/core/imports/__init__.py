"""Imports: a file is uploaded, read and previewed by the worker, confirmed by a person, and then carried out whole or not at all.

`records` is the import itself, `actions` what a person does with it, `runs` what the worker does: `reading` opens the file,
`trials` finds out what its rows would do, `staging` holds those of large kinds in the database, `faults` all that is wrong,
`refused` writes the rows that were left out, `undo` takes back what was written.
"""

from kam.core.imports.actions import cancel_import, confirm_import, undo_import, upload_import
from kam.core.imports.records import FLOW, Import, done_before
from kam.core.imports.runs import run_apply, run_preview, run_undo

__all__ = [
    "FLOW",
    "Import",
    "cancel_import",
    "confirm_import",
    "done_before",
    "run_apply",
    "run_preview",
    "run_undo",
    "undo_import",
    "upload_import",
]
