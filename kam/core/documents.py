"""Documents on any record: typed files with revision, validity and hash; attached, revised and retired, never overwritten."""

from datetime import date, timedelta
from functools import partial
from typing import Any, Self

import pgtrigger
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.contrib.postgres.fields import ArrayField
from django.core.files import File
from django.db import models, transaction
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from kam.core import clock
from kam.core.about import AboutQuerySet
from kam.core.history import tracked
from kam.core.jobs import start_job
from kam.core.ports import ports
from kam.core.records import About, Record
from kam.core.scoping import SharedQuerySet
from kam.core.uploads import RandomName, ScanState, checked, clean_name, digest
from kam.core.verbs import verb
from kam.core.words import Translated
from kam.core.workflow import Denied

LANGUAGES = [("it", _("Italian")), ("en", _("English")), ("de", _("German"))]


@tracked()
class DocumentType(Translated, Record):
    """A type of document (drawing, certificate, framework contract, mail) and what one of it must state."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    must_expire = models.BooleanField(_("must state until when it is valid"), default=False)
    must_have_number = models.BooleanField(_("must state a number"), default=False)
    must_have_revision = models.BooleanField(_("must state a revision"), default=False)
    warning_days = models.PositiveSmallIntegerField(_("days before the end when it counts as expiring"), default=30)
    is_active = models.BooleanField(_("in use"), default=True)

    objects = SharedQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("document type")
        verbose_name_plural = _("document types")
        ordering = ["code", "pk"]


STANDARD_TYPES: dict[str, dict[str, Any]] = {
    "other": {"name_en": "Other", "name_it": "Altro", "name_de": "Sonstiges"},
    "drawing": {"name_en": "Drawing", "name_it": "Disegno", "name_de": "Zeichnung", "must_have_revision": True},
    "contract": {"name_en": "Contract", "name_it": "Contratto", "name_de": "Vertrag"},
    "certificate": {
        "name_en": "Certificate",
        "name_it": "Certificato",
        "name_de": "Zertifikat",
        "must_expire": True,
        "warning_days": 60,
    },
    "specification": {"name_en": "Specification", "name_it": "Capitolato", "name_de": "Lastenheft"},
    "mail": {"name_en": "E-mail", "name_it": "E-mail", "name_de": "E-Mail"},
    "print": {"name_en": "Issued print", "name_it": "Stampa emessa", "name_de": "Ausgegebener Druck"},
    "photo": {"name_en": "Photo", "name_it": "Foto", "name_de": "Foto"},
    "purchase_order": {"name_en": "Customer's order", "name_it": "Ordine del cliente", "name_de": "Bestellung des Kunden"},
}
#: What KAM itself files things under, and therefore cannot state a number, a revision or an end of.
FILED_TYPES = frozenset({"other", "mail", "print", "photo", "purchase_order"})


def standard_type(code: str = "other") -> DocumentType:
    """One of the types that every installation has."""
    found: DocumentType = DocumentType.objects.get(code=code)
    return found


def install_document_types(**_of_migrate: Any) -> None:
    """Make the types that every installation has, where they are missing; what was changed stays."""
    for code, values in STANDARD_TYPES.items():
        DocumentType.objects.get_or_create(code=code, defaults=values)


class Validity(models.TextChoices):
    """Whether a document can be relied on today; it is derived, never stored."""

    MISSING = "missing", _("Missing")
    FUTURE = "future", _("Not yet valid")
    VALID = "valid", _("Valid")
    EXPIRING = "expiring", _("Expiring")
    EXPIRED = "expired", _("Expired")
    SUPERSEDED = "superseded", _("Superseded")
    RETIRED = "retired", _("Retired")


class PreviewState(models.TextChoices):
    """Whether a picture of the document can be shown."""

    NONE = "none", _("No preview")
    WAITING = "waiting", _("Preview is being made")
    READY = "ready", _("Preview ready")
    FAILED = "failed", _("No preview possible")


class DocumentQuerySet(AboutQuerySet):
    """Documents: seen by whoever sees the record, private ones by their participants only."""

    def visible_to(self, user: Any) -> Self:
        return super().visible_to(user).filter(Q(private_to=[]) | Q(private_to__contains=[user.pk]) | Q(uploaded_by=user))

    def current(self) -> Self:
        """Those that no newer revision replaces and nobody retired."""
        return self.filter(superseded_by=None, retired_at=None)

    def in_state(self, state: str, today: date | None = None) -> Self:
        """Those of one derived state."""
        today = today or clock.today()
        if state == Validity.SUPERSEDED:
            return self.filter(~Q(superseded_by=None) | Q(retired_at=None) & ~Q(obsolete_since=None))
        if state == Validity.RETIRED:
            return self.filter(superseded_by=None).exclude(retired_at=None)
        warned = models.ExpressionWrapper(F("valid_to") - F("type__warning_days"), output_field=models.DateField())
        rows = self.current().filter(obsolete_since=None).annotate(warned_from=warned)
        begun = rows.filter(Q(valid_from=None) | Q(valid_from__lte=today))
        match state:
            case Validity.FUTURE:
                return rows.filter(valid_from__gt=today)
            case Validity.EXPIRED:
                return begun.filter(valid_to__lt=today)
            case Validity.EXPIRING:
                return begun.filter(valid_to__gte=today, warned_from__lte=today)
            case Validity.VALID:
                return begun.filter(Q(valid_to=None) | Q(valid_to__gte=today, warned_from__gt=today))
        return self.none()

    def for_list(self) -> Self:
        return self.select_related("type", "uploaded_by")


@tracked(erasable=("title", "original_name", "number", "file", "preview", "sha256"))
class Document(About, Record):
    """A file on a record, with what it says of itself; a new revision replaces it and both stay."""

    type = models.ForeignKey(DocumentType, on_delete=models.PROTECT, related_name="documents", verbose_name=_("type"))
    number = models.CharField(_("number"), max_length=80, blank=True)
    title = models.CharField(_("title"), max_length=200)
    revision = models.CharField(_("revision"), max_length=20, blank=True)
    issued_on = models.DateField(_("issued on"), null=True, blank=True)
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    language = models.CharField(_("language"), max_length=2, blank=True, choices=LANGUAGES)
    file = models.FileField(_("file"), upload_to=RandomName("documents"), max_length=120, editable=False)
    original_name = models.CharField(_("file name"), max_length=200, editable=False)
    media_type = models.CharField(_("type of file"), max_length=120, editable=False)
    size = models.BigIntegerField(_("size in bytes"), editable=False)
    sha256 = models.CharField(_("SHA-256"), max_length=64, editable=False, db_index=True)
    scan_state = models.CharField(_("virus scan"), max_length=10, choices=ScanState, default=ScanState.UNSCANNED, editable=False)
    preview_state = models.CharField(_("preview"), max_length=10, choices=PreviewState, default=PreviewState.NONE, editable=False)
    preview = models.FileField(_("preview"), upload_to=RandomName("previews"), max_length=120, blank=True, editable=False)
    preview_type = models.CharField(_("type of preview"), max_length=40, blank=True, editable=False)
    superseded_by = models.OneToOneField(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="replaces",
        verbose_name=_("replaced by"),
    )
    obsolete_since = models.DateTimeField(_("obsolete copy since"), null=True, blank=True, editable=False)
    retired_at = models.DateTimeField(_("retired"), null=True, blank=True, editable=False)
    retired_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("uploaded by"),
    )
    private_to = ArrayField(models.BigIntegerField(), verbose_name=_("only for these people"), default=list, blank=True)

    objects = DocumentQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["content_type", "object_id", "-created_at", "-id"], name="core_document_about"),
            models.Index(fields=["-created_at", "-id"], name="core_document_listed"),
            models.Index(fields=["valid_to"], condition=Q(superseded_by=None, retired_at=None), name="core_document_valid_to"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_from=None) | Q(valid_to=None) | Q(valid_from__lte=F("valid_to")), name="core_document_period"
            ),
            models.CheckConstraint(condition=Q(size__gt=0), name="core_document_not_empty"),
            models.CheckConstraint(condition=~Q(superseded_by=F("id")), name="core_document_not_itself"),
        ]

    def __str__(self) -> str:
        words = [self.number, self.title, f"rev. {self.revision}" if self.revision else ""]
        return " ".join(word for word in words if word)

    def get_absolute_url(self) -> str:
        """Where the file is downloaded."""
        return f"/documents/{self.pk}/"

    @property
    def state(self) -> Validity:
        """Whether this document can be relied on today."""
        return self.state_on(clock.today())

    def state_on(self, day: date) -> Validity:
        """Whether this document could be relied on on a day, as things stand."""
        if self.superseded_by_id:
            return Validity.SUPERSEDED
        if self.retired_at:
            return Validity.RETIRED
        if self.obsolete_since:
            return Validity.SUPERSEDED
        if self.valid_from and self.valid_from > day:
            return Validity.FUTURE
        if self.valid_to and self.valid_to < day:
            return Validity.EXPIRED
        if self.valid_to and self.valid_to - timedelta(days=self.type.warning_days) <= day:
            return Validity.EXPIRING
        return Validity.VALID

    @property
    def sendable(self) -> bool:
        """Whether the file may leave the house: only what a scanner has passed."""
        return self.scan_state == ScanState.CLEAN

    def why_not_readable(self) -> Denied | None:
        """Why the file cannot be opened now, or None."""
        if not self.file:
            return Denied("document_erased", _("The file was erased at the request of the person whom it is about."))
        if self.scan_state == ScanState.INFECTED:
            return Denied(
                "document_infected", _("A virus was found in this file. It is kept locked; ask the sender for a clean one.")
            )
        if settings.CLAMAV_URL and self.scan_state != ScanState.CLEAN:
            return Denied("document_unscanned", _("The file is still being checked for viruses. Try again in a moment."))
        return None


STATED = ("number", "title", "revision", "issued_on", "valid_from", "valid_to", "language")


@verb("core.attach_document", _("Attach document"))
def attach_document(
    rows: type[Document],
    *,
    actor: Any,
    record: models.Model,
    type: DocumentType,
    file: File,
    reason: str = "",
    private_to: Any = (),
    **stated: Any,
) -> Document:
    """Attach a file to a record with what it states (number, title, revision, dates, language).

    `private_to` are the people besides the uploader who may see it; empty is everybody who sees the record. Raises Denied
    for an empty file, one over the limit, one of a type that KAM does not take, and for what its type demands.
    """
    document = _filled(rows(), actor=actor, type=type, file=file, stated=stated)
    document.content_type = ContentType.objects.get_for_model(record)
    document.object_id = record.pk
    document.private_to = sorted({person.pk for person in private_to} | ({actor.pk} if actor and private_to else set()))
    if Document.objects.filter(sha256=document.sha256, type=type).exclude(superseded_by=None).exists():
        document.obsolete_since = clock.now()
    document.save()
    _process(document)
    _tell(document)
    return document


@verb("core.revise_document", _("New revision"))
def revise_document(document: Document, *, actor: Any, file: File, reason: str = "", **stated: Any) -> Document:
    """Put a new revision of a document in its place; the old one stays and shows what replaced it, and every copy of its file
    on other records counts as obsolete. Raises Denied."""
    if document.superseded_by_id or document.retired_at:
        raise Denied("document_not_current", _("A newer revision has replaced this document. Revise that one."))
    before = {name: getattr(document, name) for name in STATED if name not in ("issued_on", "valid_from", "valid_to")}
    revised = _filled(Document(), actor=actor, type=document.type, file=file, stated=before | stated)
    if revised.sha256 == document.sha256:
        raise Denied("document_same_file", _("This is the same file as before."), field="file", status=400)
    if document.type.must_have_revision and revised.revision == document.revision:
        raise Denied("document_same_revision", _("State the new revision."), field="revision", status=400)
    revised.content_type, revised.object_id, revised.private_to = document.content_type, document.object_id, document.private_to
    revised.save()
    document.superseded_by = revised
    document.save()
    copies = Document.objects.current().filter(sha256=document.sha256, type=document.type_id, obsolete_since=None)
    copies.update(obsolete_since=clock.now())
    _process(revised)
    _tell(revised)
    return revised


@verb("core.edit_document", _("Edit document"))
def edit_document(document: Document, *, actor: Any, reason: str = "", **stated: Any) -> Document:
    """Correct what a document states of itself; the file stays. Raises Denied."""
    unknown = set(stated) - {*STATED, "type"}
    if unknown:
        raise TypeError(f"A document does not state {sorted(unknown)}")
    changed = [name for name, value in stated.items() if getattr(document, name) != value]
    for name in changed:
        setattr(document, name, stated[name])
    if changed:
        _check_stated(document)
        document.save()
        _tell(document)
    return document


@verb("core.retire_document", _("Retire document"))
def retire_document(document: Document, *, actor: Any, reason: str = "") -> Document:
    """Take a document out of use without a new one; it stays for the record. Raises Denied without a reason."""
    if document.superseded_by_id or document.retired_at:
        raise Denied("document_not_current", _("This document is no longer in use already."))
    if not reason.strip():
        raise Denied("reason_missing", _("Say why."), field="reason", status=400)
    document.retired_at, document.retired_by = clock.now(), actor
    document.save()
    _tell(document)
    return document


def refile_documents(record: models.Model, other: models.Model) -> int:
    """Move what stands on one record to another, where it belongs; answers how many. Whoever moves it has checked the rights."""
    rows = list(Document.objects.about(record).locked())
    for document in rows:
        document.content_type, document.object_id = ContentType.objects.get_for_model(other), other.pk
        document.save()
        _tell(document)
    return len(rows)


def erase_documents(record: models.Model, *, actor: Any, word: str) -> int:
    """Erase the files on the record of a person, and what they were called, here and in the history; answers how many.

    The rows stay, so that it can be seen that there was something; the verb that erases has checked the rights.
    """
    rows = list(Document.objects.about(record).locked())
    named = {"title": word, "original_name": word, "number": "", "file": "", "preview": "", "sha256": "0" * 64}
    for document in rows:
        for stored in (document.file, document.preview):
            if stored:
                transaction.on_commit(partial(stored.storage.delete, str(stored.name)))
        for name, value in named.items():
            setattr(document, name, value)
        document.preview_state = PreviewState.NONE
        document.retired_at, document.retired_by = document.retired_at or clock.now(), document.retired_by or actor
        document.save()
    with pgtrigger.ignore("core.DocumentEvent:append_only"):
        Document.pgh_event_model.objects.filter(pgh_obj_id__in=[row.pk for row in rows]).update(**named)  # type: ignore[attr-defined]
    return len(rows)


def _filled(document: Document, *, actor: Any, type: DocumentType, file: File, stated: dict[str, Any]) -> Document:
    """A document of this file, checked, not yet saved."""
    unknown = set(stated) - set(STATED)
    if unknown:
        raise TypeError(f"A document does not state {sorted(unknown)}")
    document.original_name = clean_name(file.name or "file")
    found = checked(file, document.original_name)
    for name, value in stated.items():
        setattr(document, name, value)
    document.title = document.title or document.original_name.rpartition(".")[0][:200] or document.original_name[:200]
    document.type, document.uploaded_by = type, actor
    document.media_type, document.size, document.sha256 = found.content_type, file.size, digest(file)
    document.preview_state = PreviewState.WAITING if found.preview else PreviewState.NONE
    _check_stated(document)
    document.file.save(document.original_name, file, save=False)
    return document


def _check_stated(document: Document) -> None:
    kind = document.type
    if kind.must_have_number and not document.number:
        raise Denied("document_number", _("This type of document needs its number."), field="number", status=400)
    if kind.must_have_revision and not document.revision:
        raise Denied("document_revision", _("This type of document needs its revision."), field="revision", status=400)
    if kind.must_expire and not document.valid_to:
        raise Denied("document_valid_to", _("State until when it is valid."), field="valid_to", status=400)
    if document.valid_from and document.valid_to and document.valid_from > document.valid_to:
        raise Denied("document_period", _("The end lies before the beginning."), field="valid_to", status=400)


def _tell(document: Document) -> None:
    """Let the floors above note what a record's documents now are."""
    for note in ports("document_touches"):
        note(document)


def _process(document: Document) -> None:
    """Have the worker scan the file and make its preview."""
    if document.preview_state == PreviewState.WAITING or settings.CLAMAV_URL:
        start_job("core.process_document", actor=None, params={"document": document.pk})


def missing_types(record: models.Model, codes: list[str]) -> list[DocumentType]:
    """The types among these codes of which the record has no document in force."""
    today = clock.today()
    present = Document.objects.about(record).current().filter(Q(valid_to=None) | Q(valid_to__gte=today), type__code__in=codes)
    return list(DocumentType.objects.filter(code__in=codes).exclude(pk__in=present.values("type")))
