"""Prints: data stay data, every page carries its number and form, a draft its watermark, and a template cannot run away."""

from datetime import UTC, date, datetime
from types import SimpleNamespace

import pypdfium2
import pytest

from kam import jobs
from kam.core import printing
from kam.core.jobs import Report
from kam.core.printing import Contents, Letterhead, PrintForm, render
from kam.core.workflow import Denied

ISSUED = datetime(2026, 5, 18, 9, 20, tzinfo=UTC)


def contents(**values):
    blocks = values.pop("blocks", [{"kind": "text", "text": "Body"}])
    base = {
        "template": "sheet.typ",
        "form": "test",
        "title": "Visit sheet",
        "language": "en",
        "number": "V-12",
        "revision": "2",
        "path": "/customers/12/",
    }
    return Contents(**base | values, data={"addressee": ['#read("/etc/passwd")'], "blocks": blocks})


def pages(path) -> list[str]:
    document = pypdfium2.PdfDocument(str(path))
    return [page.get_textpage().get_text_bounded() for page in document]


@pytest.fixture
def form(db):
    return PrintForm.objects.create(code="test", name_en="Visit sheet", procedure="PQ 07-02", form="MOD 07-02-01", revision="3")


def test_a_customer_called_like_a_command_prints_so(form, tmp_path):
    blocks = [
        {"kind": "heading", "text": "= *bold* $x$ @ref <label>"},
        {"kind": "text", "text": '#import "@preview/cetz:0.3.0": *\n#eval("1+1") \\ "quoted" ~ --- ...'},
        {"kind": "facts", "pairs": [["[label]", "`raw` // comment"]]},
        {
            "kind": "table",
            "columns": [{"label": "#Code"}, {"label": "Price", "number": True, "width": 30}],
            "rows": [["_x_", "1.234,50"]],
            "totals": [["Total", "1"]],
        },
        {"kind": "notice", "text": "#panic()"},
        {"kind": "ticks", "items": [{"text": "#ok", "done": True}, {"text": "open"}]},
        {"kind": "signatures", "names": ["#we", "you"]},
    ]
    assert render(contents(blocks=blocks), tmp_path / "a.pdf", actor="Marco Neri", issued_at=ISSUED) == 1
    (text,) = pages(tmp_path / "a.pdf")
    for literal in (
        '#read("/etc/passwd")',
        "= *bold* $x$ @ref <label>",
        '#import "@preview/cetz:0.3.0": *',
        '#eval("1+1")',
        "`raw` // comment",
        "_x_",
        "#panic()",
        "#we",
    ):
        assert literal in text, literal
    assert "root:" not in text


def test_every_page_carries_number_revision_form_issue_and_count(form, tmp_path):
    rows = [[str(number), "Reducer"] for number in range(90)]
    table = {
        "kind": "table",
        "columns": [{"label": "Line", "width": 20}, {"label": "Article of ours"}],
        "rows": rows,
        "totals": [["", "Sum 90"]],
    }
    head = Letterhead("Officine Meccaniche Valdarno S.p.A.", "Reducers", ("Via dell’Industria 41",))
    count = render(contents(blocks=[table], letterhead=head), tmp_path / "a.pdf", actor="Marco Neri", issued_at=ISSUED)
    texts = pages(tmp_path / "a.pdf")
    assert count == len(texts) == 3
    for number, text in enumerate(texts, 1):
        for words in (
            "Visit sheet V-12, rev. 2",
            "PQ 07-02 · MOD 07-02-01 rev. 3",
            "by Marco Neri",
            f"Page {number} of 3",
            head.name,
            "Article of ours",
        ):
            assert words in text, (number, words)
    assert "Sum 90" in texts[-1] and "89" in texts[-1]


def test_a_draft_is_marked_on_every_page_in_the_language_of_the_print(form, tmp_path):
    render(contents(draft=True, confidential=True), tmp_path / "a.pdf", actor=None, issued_at=ISSUED)
    (text,) = pages(tmp_path / "a.pdf")
    assert "DRAFT" in text and "CONFIDENTIAL" in text
    render(contents(), tmp_path / "b.pdf", actor=None, issued_at=ISSUED)
    assert "DRAFT" not in pages(tmp_path / "b.pdf")[0]


def test_a_print_is_the_same_every_time(form, tmp_path):
    for name in "ab":
        render(contents(), tmp_path / name, actor="Marco Neri", issued_at=ISSUED)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_template_that_never_ends_is_stopped_and_one_outside_is_refused(form, tmp_path, monkeypatch):
    monkeypatch.setattr(printing, "TEMPLATES", tmp_path)
    monkeypatch.setattr(printing, "SECONDS", 2)
    (tmp_path / "endless.typ").write_text("#let f(n) = { let x = 0; while x >= 0 { x = calc.rem(x + 1, 1000) } }\n#f(1)")
    (tmp_path / "reading.typ").write_text('#read("/etc/hostname") #read("../../../../etc/hostname")')
    for template, codes in (
        ("endless.typ", {"print_time", "print_crash", "print_unreadable"}),
        ("reading.typ", {"print_unreadable"}),
    ):
        with pytest.raises(Denied) as caught:
            render(contents(template=template), tmp_path / "out.pdf", actor=None)
        assert caught.value.code in codes
    assert not (tmp_path / "out.pdf").exists()
    with pytest.raises(ValueError, match="Not a template"):
        render(contents(template="../base.typ"), tmp_path / "out.pdf", actor=None)


def sheet_of_test(key, *, actor):
    return contents(number=f"V-{key}")


def test_the_job_writes_the_file(form, tmp_path, monkeypatch):
    monkeypatch.setitem(jobs.PRINTS, "tests.sheet", "tests.core.test_printing.sheet_of_test")

    class Out(Report):
        def __init__(self):
            pass

        def file(self, name):
            return tmp_path / name

    job = SimpleNamespace(params={"print": "tests.sheet", "key": 7}, actor=None)
    assert printing.run(job, Out()) == {"pages": 1}
    assert "Visit sheet V-7" in pages(tmp_path / "V-7.pdf")[0]


def test_a_form_says_its_procedure_and_revision(form):
    form.revised_on = date(2026, 1, 1)
    assert form.foot() == "PQ 07-02 · MOD 07-02-01 rev. 3"
