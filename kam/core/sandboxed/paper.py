"""Sets a print: a template of the product with data that is only ever data; no package, no font of the machine."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any


def main(order: dict[str, Any]) -> dict[str, Any]:
    """Set `template` (inside `root`) with the JSON of the file `data` and write the PDF to `out`."""
    import typst

    compiler = typst.Compiler(
        str(Path(order["root"]) / order["template"]),
        root=order["root"],
        font_paths=order["fonts"],
        ignore_system_fonts=True,
        sys_inputs={"data": Path(order["data"]).read_text()},
        package_path="/nonexistent",
        package_cache_path="/nonexistent",
    )
    pdf: Any = compiler.compile(format="pdf", timestamp=datetime.fromtimestamp(order["moment"], UTC))
    Path(order["out"]).write_bytes(pdf)
    import pypdfium2

    return {"pages": len(pypdfium2.PdfDocument(pdf))}
