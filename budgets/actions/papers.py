"""Issuing prints: each is made once more, kept as a document with its hash, and never changed; publishing issues letters and plans."""

import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from django.core.files import File
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from budgets.models import BudgetRound, IssuedPaper, QuantityPlan, Target
from kam.core import clock
from kam.core.documents import Document, attach_document, standard_type
from kam.core.jobs import Job, start_job
from kam.core.ports import port
from kam.core.printing import Contents, render
from kam.core.verbs import verb
from kam.core.workflow import Denied

KIND, VERB = "budgets.issue_papers", "budgets.issue_paper"
LETTER, QUANTITIES = "budgets.target_letter", "budgets.quantity_sheet"
#: A print and the key that it is asked for by.
Asked = tuple[str, str]


@verb(VERB, _("Issue print"))
def issue_paper(
    model: type[IssuedPaper], *, actor: Any, reason: str = "", paper: IssuedPaper, contents: Contents, file: File
) -> IssuedPaper:
    """Keep a print as it is sent, with its hash, for the version that it says; whoever may read its figures may open it again.

    Raises Denied where the actor could not read it again: somebody issues a book of what they see of a round as that of a budget.
    """
    paper.title, paper.issued_at, paper.issued_by = f"{contents.title} {contents.number}".strip()[:200], clock.now(), actor
    paper.save(force_insert=True)
    attach_document(
        Document,
        actor=None,  # nobody has a verb on what was issued; who issued it stands on the paper
        record=paper,
        type=standard_type("print"),
        file=file,
        title=paper.title,
        number=contents.number[:80],
        language=contents.language,
        issued_on=clock.today(),
    )
    return paper


def start_issuing(asked: Sequence[Asked], *, actor: Any, title: str) -> Job:
    """Have prints issued in the background; a job of one print holds it as its file, too. Raises Denied."""
    return start_job(KIND, actor=actor, params={"papers": [list(one) for one in asked], "title": title}, verb=VERB)


def issue_published(one: BudgetRound, losing: Iterable[int], *, actor: Any) -> None:
    """Issue what a published round says: the letter of everyone whose targets it writes or takes away, and its quantity plans."""
    concerned = {*one.targets.order_by().values_list("person", flat=True).distinct(), *losing}
    theirs = Target.objects.in_force().filter(round__first_month=one.first_month, person__in=concerned)
    people = sorted(theirs.order_by().values_list("person", flat=True).distinct())
    asked = [(LETTER, f"{one.first_month.isoformat()}:{key}") for key in people]
    asked += [
        (QUANTITIES, str(key)) for key in QuantityPlan.objects.filter(round=one).order_by("pk").values_list("pk", flat=True)
    ]
    if asked:
        start_issuing(asked, actor=actor, title=str(one))


def run_issuing(job: Job, report: Any) -> dict[str, int]:
    """The job kind `budgets.issue_papers`: each paper in a transaction of its own; what this job has issued already stays.

    Each print says what the owner of the job may see now. A paper that is refused is told, and the others are issued.
    """
    asked: list[Asked] = [(printed, key) for printed, key in job.params["papers"]]
    issued = 0
    for place, (printed, key) in enumerate(asked):
        report(place, len(asked))
        source = f"{printed} {key}"
        if IssuedPaper.objects.filter(job=job.pk, source=source).exists():
            continue
        try:
            contents = import_string(port("prints")[printed])(key, actor=job.actor)
            name = contents.file_name or f"{contents.title}.pdf"
            if len(asked) == 1:
                _issue(contents, report.file(name), name, job, source)
            else:
                with tempfile.TemporaryDirectory(prefix="kam-") as folder:
                    _issue(contents, Path(folder) / "paper.pdf", name, job, source)
            issued += 1
        except Denied as denied:
            if len(asked) == 1:
                raise
            report.error(read=source, expected=str(denied.message))
    return {"issued": issued}


def _issue(contents: Contents, path: Path, name: str, job: Job, source: str) -> None:
    """Print to this path and keep what was printed."""
    render(contents, path, actor=job.actor)
    paper: IssuedPaper = contents.issued
    paper.job, paper.source = job.pk, source
    with path.open("rb") as file:
        issue_paper(IssuedPaper, actor=job.actor, paper=paper, contents=contents, file=File(file, name=name))
