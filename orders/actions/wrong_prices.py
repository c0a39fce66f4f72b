"""Finding wrong prices in the ledger, in the background, and what is done about each: letter sent, explained, corrected, opened again."""

from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from kam.core import clock
from kam.core.jobs import Job, start_job
from kam.core.verbs import verb
from kam.core.workflow import Denied
from orders.models import AgreementLine, LineKind, PriceAgreement, PriceFinding, PriceLetter, SalesBatch, SalesLine
from orders.pricing.keeping import kept_steps
from orders.reports.wrong_prices import Judged, of_letter, told_of, wrong_lines

KIND, CLAIM = "orders.check_prices", "orders.claim_price"
#: Lines that are judged at once, and of how many days the nightly check looks at all: index values and list prices come late.
PAGE, NIGHTLY_DAYS = 1000, 62
LOCK = "SELECT pg_advisory_xact_lock(7205)"
FIGURES = ("charged", "agreed", "quantity")


def check_batch(batch: SalesBatch) -> Job:
    """Have the prices of the lines checked that a run of the ledger has written."""
    return start_job(KIND, actor=None, params={"batch": batch.pk})


def check_agreement(agreement: PriceAgreement) -> Job | None:
    """Have the lines checked that were invoiced before this agreement was approved and for whose day it holds; most begin later."""
    if agreement.first_day is not None and agreement.first_day > clock.today():
        return None
    return start_job(KIND, actor=None, params={"agreement": agreement.pk})


def check_recent() -> Job:
    """Have the lines of the last weeks and everything unsettled checked again."""
    return start_job(KIND, actor=None, params={})


def run_check(job: Job, report: Any) -> dict[str, int]:
    """The job kind `orders.check_prices`; twice without harm."""
    return find_wrong_prices(report=report, **job.params)


def find_wrong_prices(*, batch: int | None = None, agreement: int | None = None, report: Any = None) -> dict[str, int]:
    """Judge the lines of a run, of an agreement, or the recent ones; answers how many were looked at and how many are wrong."""
    looked = wrong = 0
    keys = _keys(batch, agreement)
    for first in range(0, len(keys), PAGE):
        page = keys[first : first + PAGE]
        wrong += _judge(page)
        looked += len(page)
        if report is not None:
            report(looked, len(keys))
    _gone(PriceFinding.objects.filter(line__ended_by=batch) if batch else PriceFinding.objects.all())
    return {"looked_at": looked, "wrong": wrong}


def _keys(batch: int | None, agreement: int | None) -> list[int]:
    """The lines that may be wrong: some price is agreed with their holder for their day; and those that were found wrong before."""
    lines = SalesLine.objects.current().filter(kind=LineKind.GOODS, is_intercompany=False)
    found = PriceFinding.objects.unsettled()
    if batch is not None:
        lines = lines.filter(batch=batch)
        found = PriceFinding.objects.filter(line__ended_by=batch)
    elif agreement is not None:
        lines = lines.filter(_of(PriceAgreement.objects.get(pk=agreement)))
        found = found.filter(agreement=agreement)
    else:
        lines = lines.filter(date__gte=clock.today() - timedelta(days=NIGHTLY_DAYS))
    held = Q(plant=OuterRef("plant")) | Q(customer=OuterRef("plant__customer")) | Q(group=OuterRef("plant__customer__group"))
    agreed = AgreementLine.objects.filter(held, agreed=True, currency=OuterRef("currency"), period__contains=OuterRef("date"))
    before = SalesLine.objects.current().filter(
        Exists(found.filter(document=OuterRef("document"), number=OuterRef("number"))),
        document__in=found.values("document"),
    )
    keys = lines.filter(Exists(agreed)).values_list("pk", flat=True)
    return sorted({*keys, *before.values_list("pk", flat=True)})


def _of(agreement: PriceAgreement) -> Q:
    """The lines for whose plant and day an agreement holds."""
    holder = Q(plant=agreement.plant_id) if agreement.plant_id else Q(plant__customer=agreement.customer_id)
    if agreement.group_id:
        holder = Q(plant__customer__group=agreement.group_id)
    days = Q()
    if agreement.first_day is not None:
        days &= Q(date__gte=agreement.first_day)
    if agreement.last_day is not None:
        days &= Q(date__lte=agreement.last_day)
    return holder & days


@transaction.atomic
def _judge(keys: list[int]) -> int:
    """Write what is found of these lines; answers how many are wrong."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK)
    rows = SalesLine.objects.current().filter(pk__in=keys)
    lines = list(rows.select_related("plant__customer", "product", "selling_location").order_by("pk"))
    wrong = wrong_lines(lines)
    documents = {line.document_id for line in lines}
    known = {(one.document_id, one.number): one for one in PriceFinding.objects.filter(document__in=documents).locked()}
    for line in lines:
        finding = known.get((line.document_id, line.number))
        judged = wrong.get(line.pk)
        if judged is not None:
            _found(finding, judged)
        elif finding is not None:
            _right(finding, line)
    return len(wrong)


def _found(finding: PriceFinding | None, judged: Judged) -> None:
    """Keep a wrong price; other figures than those that somebody has decided about open it again."""
    line, values = judged.line, judged.values
    if finding is None:
        finding = PriceFinding(document_id=line.document_id, number=line.number)
    elif all(getattr(finding, name) == values[name] for name in FIGURES) and not _put_right(finding):
        if (finding.line_id, finding.rate) != (line.pk, line.rate):
            finding.line, finding.rate = line, line.rate
            finding.save()
        return
    for name, value in values.items():
        setattr(finding, name, value)
    finding.why = kept_steps(judged.answer.steps)
    finding.status, finding.reason, finding.decided_by, finding.decided_at = PriceFinding.Status.OPEN, "", None, None
    finding.save()


def _put_right(finding: PriceFinding) -> bool:
    """Whether the ledger had corrected it, and not somebody who named the credit note."""
    return bool(finding.status == PriceFinding.Status.CORRECTED and not finding.reason)


def _right(finding: PriceFinding, line: SalesLine) -> None:
    """The source has put the line right, or another price was agreed."""
    if finding.status in PriceFinding.UNSETTLED:
        finding.status, finding.decided_at = PriceFinding.Status.CORRECTED, clock.now()
    elif finding.line_id == line.pk:
        return
    finding.line = line
    finding.save()


def _gone(rows: Any) -> None:
    """What the ledger no longer has cannot be wrong any more."""
    standing = SalesLine.objects.current().filter(document=OuterRef("document"), number=OuterRef("number"))
    with transaction.atomic():
        for finding in rows.unsettled().filter(~Exists(standing), line__ended_by__isnull=False).locked():
            finding.status, finding.decided_at = PriceFinding.Status.CORRECTED, clock.now()
            finding.save()


def _decide(finding: PriceFinding, code: str, actor: Any, reason: str) -> PriceFinding:
    PriceFinding.workflow.move(finding, code)
    finding.reason, finding.decided_by, finding.decided_at = " ".join(reason.split())[:400], actor, clock.now()
    finding.save()
    return finding


@verb(CLAIM, _("Letter sent"))
def claim_price(finding: PriceFinding, *, actor: Any, reason: str = "", sent_to: str = "") -> PriceFinding:
    """Note that the letter about a wrong price goes to the customer, with all of theirs that is not settled; it is kept as it was sent.

    All of them stay unsettled until they are corrected or explained. Raises Denied without a recipient.
    """
    if not sent_to.strip():
        raise Denied("no_recipient", _("Say to whom it goes."), field="sent_to", status=400)
    denied = PriceFinding.workflow.why_not(finding, CLAIM)
    if denied is not None:
        raise denied
    rows = of_letter(finding, actor)
    if actor is not None:
        rows = rows.filter(pk__in=PriceFinding.objects.permitted(actor, CLAIM).values("pk"))
    told = list(rows.for_list().locked())
    told.sort(key=lambda one: (one.date, one.document.number, one.number, one.pk))
    customer = finding.plant.customer
    letter = PriceLetter.objects.create(
        addressee=customer.name[:200],
        selling_location=finding.selling_location,
        currency=finding.currency,
        language=customer.language,
        to_recover=sum(one.to_recover for one in told),
        to_credit=sum(one.to_credit for one in told),
        lines=[told_of(one) for one in told],
        sent_to=" ".join(sent_to.split())[:254],
        sent_by=actor,
        sent_at=clock.now(),
    )
    letter.findings.set(told)
    for one in told:
        if one.status == PriceFinding.Status.OPEN:
            _decide(finding if one.pk == finding.pk else one, CLAIM, actor, reason)
    start_job("orders.keep_price_letter", actor=None, params={"letter": letter.pk, "title": str(letter)})
    return finding


@verb("orders.explain_price", _("Explain"))
def explain_price(finding: PriceFinding, *, actor: Any, reason: str = "") -> PriceFinding:
    """Say why a price that is not the agreed one is right all the same. Raises Denied without a reason."""
    if not reason.strip():
        raise Denied("reason_needed", _("Say why this price is right."), field="reason", status=400)
    return _decide(finding, "orders.explain_price", actor, reason)


@verb("orders.settle_price", _("Corrected"))
def settle_price(finding: PriceFinding, *, actor: Any, reason: str = "") -> PriceFinding:
    """Note by which credit note or invoice a wrong price was corrected. Raises Denied without it."""
    if not reason.strip():
        raise Denied("reason_needed", _("Name the credit note or invoice that corrects it."), field="reason", status=400)
    return _decide(finding, "orders.settle_price", actor, reason)


@verb("orders.reopen_price", _("Open again"))
def reopen_price(finding: PriceFinding, *, actor: Any, reason: str = "") -> PriceFinding:
    """Open a wrong price again, and say why in the history. Raises Denied without a reason."""
    if not reason.strip():
        raise Denied("reason_needed", _("Say why it is open again."), field="reason", status=400)
    PriceFinding.workflow.move(finding, "orders.reopen_price")
    finding.reason, finding.decided_by, finding.decided_at = "", None, None
    finding.save()
    return finding
