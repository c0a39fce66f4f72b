"""Imports: a file is uploaded, read and previewed by the worker, confirmed by a person, and then carried out whole or not at all.

`records` is the import itself, `mappings` how files of one source are read, `actions` what a person does with them, `runs`
what the worker does: `reading` opens the file, `joining` makes one table of two, `trials` finds out what its rows would do,
`columns` reads those of large kinds many at once, `staging` holds them in the database, `keeping` what a preview has found,
`faults` all that is wrong, `refused` writes the rows that were left out, `undo` takes back what was written.
"""

from kam.core.imports.actions import cancel_import, confirm_import, map_import, undo_import, upload_import
from kam.core.imports.keeping import forget_old
from kam.core.imports.mappings import ImportMapping, delete_mapping, edit_mapping, save_mapping
from kam.core.imports.records import FLOW, Import, done_before
from kam.core.imports.runs import given_up, run_apply, run_preview, run_undo

__all__ = [
    "FLOW",
    "Import",
    "ImportMapping",
    "cancel_import",
    "confirm_import",
    "delete_mapping",
    "done_before",
    "edit_mapping",
    "forget_old",
    "given_up",
    "map_import",
    "run_apply",
    "run_preview",
    "run_undo",
    "save_mapping",
    "undo_import",
    "upload_import",
]
