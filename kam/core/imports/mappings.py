"""Saved mappings: how the files of one source are read, by a name that people choose, and known again by their header."""

import hashlib
from collections.abc import Iterable
from typing import Any, Self

from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext_lazy as _

from kam.core.excel import Rules, plain_header
from kam.core.excel_cells import Reader, Wrong
from kam.core.excel_layout import FAULTS_HEADER
from kam.core.history import tracked
from kam.core.import_kinds import ImportKind, import_kind, kinds_for
from kam.core.records import Record
from kam.core.scoping import ScopedQuerySet
from kam.core.verbs import verb
from kam.core.workflow import Denied, Refusals, not_permitted

ENCODINGS = [("utf-8-sig", "UTF-8"), ("utf-16", "UTF-16"), ("cp1252", "Windows 1252")]
DELIMITERS = [(";", _("semicolon")), (",", _("comma")), ("\t", _("tabulator")), ("|", _("vertical stroke"))]
DECIMALS = [(",", "1.234,56"), (".", "1,234.56")]
DATES = [("dmy", _("day first: 31.12.2026, 31/12/2026")), ("mdy", _("month first: 12/31/2026")), ("ymd", "2026-12-31, 20261231")]
MOST_TEXTS = 2_000


def header_print(headers: Iterable[str]) -> str:
    """A short text that is the same for every file with these headers, whatever their order and case."""
    names = sorted({plain_header(header) for header in headers if header and not header.startswith(FAULTS_HEADER)})
    return hashlib.sha256("\n".join(names).encode()).hexdigest()


class ImportMappingQuerySet(ScopedQuerySet):
    """Mappings belong to everybody who may import their kind: who takes over from a colleague finds what they need."""

    def visible_to(self, user: Any) -> Self:
        if not (user.is_authenticated and user.is_active):
            return self.none()
        return self.filter(kind__in=[kind.code for kind in kinds_for(user)])

    def permitted(self, user: Any, verb: str) -> Self:
        return self.visible_to(user)


@tracked()
class ImportMapping(Record):
    """How files of one source become rows of one kind; its version counts the changes, its history says what they were."""

    kind = models.CharField(_("kind"), max_length=60, editable=False)
    name = models.CharField(_("name"), max_length=80)
    rules = models.JSONField(_("how it is read"), default=dict, editable=False)
    headers = models.JSONField(_("columns of the file"), default=list, editable=False)
    fingerprint = models.CharField(max_length=64, db_index=True, editable=False)

    objects = ImportMappingQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("mapping")
        verbose_name_plural = _("mappings")
        ordering = ["kind", "name", "pk"]
        constraints = [models.UniqueConstraint(fields=["kind", "name"], name="core_mapping_once")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The page with its columns."""
        return f"/imports/mappings/{self.pk}/"

    @property
    def kind_label(self) -> str:
        """What kind of rows the files contain."""
        return str(import_kind(self.kind).label)


def known_for(kind: str) -> dict[str, ImportMapping]:
    """The mappings of a kind by the header that they know, the latest where several know the same one."""
    return {mapping.fingerprint: mapping for mapping in ImportMapping.objects.filter(kind=kind).order_by("updated_at", "pk")}


def refuse_unreadable(kind: ImportKind, rules: Rules) -> None:
    """Raise every refusal of rules that this kind cannot be read by, each at its field."""
    found = [*_formats(rules), *_columns(kind, rules)]
    if found:
        raise Refusals(found)


def _formats(rules: Rules) -> Iterable[Denied]:
    for name, known in (("encoding", ENCODINGS), ("delimiter", DELIMITERS), ("decimal", DECIMALS), ("dates", DATES)):
        value = getattr(rules, name)
        if value and value not in {code for code, _label in known}:
            yield Denied("import_rule", _("Choose one of the values that are offered."), field=name, status=400)


def _columns(kind: ImportKind, rules: Rules) -> Iterable[Denied]:
    by_key = {column.key: column for column in kind.columns}
    used = [key for key in rules.columns.values() if key]
    for name, keys in (("columns", used), ("constants", rules.constants), ("values", rules.values)):
        for key in sorted(set(keys) - by_key.keys()):
            text = _("“%(key)s” is no column of this kind of import.") % {"key": key[:60]}
            yield Denied("import_column", text, field=name, status=400)
    for key in sorted({key for key in used if used.count(key) > 1} & by_key.keys()):
        text = _("“%(column)s” is chosen for two columns of the file; choose one.") % {"column": by_key[key].label}
        yield Denied("import_column_twice", text, field="columns", status=400)
    for key, text in rules.constants.items():
        if key in by_key and text:
            try:
                Reader(by_key[key], mark=rules.decimal or ".", language="", csv=False, dates=rules.dates).read(text)
            except Wrong as wrong:
                words = _("“%(column)s” expects %(expected)s.") % {"column": by_key[key].label, "expected": wrong.expected}
                yield Denied("import_constant", words, field="constants", status=400)
    if any(len(texts) > MOST_TEXTS for texts in rules.values.values()):
        text = _("At most %(count)d texts of a column can stand for others.") % {"count": MOST_TEXTS}
        yield Denied("import_values", text, field="values", status=400)


def _checked(actor: Any, kind: str, rules: Rules) -> ImportKind:
    chosen = import_kind(kind)
    if actor is not None and not actor.may(chosen.verb):
        raise Denied("import_kind_not_yours", _("Your role does not import this."), field="kind", status=403)
    refuse_unreadable(chosen, rules)
    return chosen


def _save(mapping: ImportMapping) -> ImportMapping:
    mapping.name = " ".join(mapping.name.split())
    if not mapping.name or len(mapping.name) > 80:
        raise Denied("mapping_name", _("Give the mapping a name of at most 80 characters."), field="name", status=400)
    try:
        with transaction.atomic():
            mapping.save()
    except IntegrityError:
        text = _("There is a mapping of this name already. Choose another name, or change that one.")
        raise Denied("mapping_name_taken", text, field="name") from None
    return mapping


@verb("core.save_mapping", _("Save the mapping"))
def save_mapping(
    rows: type[ImportMapping], *, actor: Any, kind: str, name: str, rules: Rules, headers: list[str], reason: str = ""
) -> ImportMapping:
    """Save how files with these headers are read; one of the same name of this kind is changed. Raises Denied."""
    _checked(actor, kind, rules)
    wanted = {"rules": rules.kept(), "headers": headers, "fingerprint": header_print(headers)}
    mapping = rows.objects.filter(kind=kind, name=" ".join(name.split())).first() or rows(kind=kind, name=name)
    if mapping.pk and all(getattr(mapping, field) == value for field, value in wanted.items()):
        return mapping
    for field, value in wanted.items():
        setattr(mapping, field, value)
    return _save(mapping)


@verb("core.edit_mapping", _("Edit the mapping"))
def edit_mapping(
    mapping: ImportMapping, *, actor: Any, name: str | None = None, rules: Rules | None = None, reason: str = ""
) -> ImportMapping:
    """Give a mapping another name or other rules. Raises Denied."""
    _checked(actor, mapping.kind, rules or Rules.of(mapping.rules))
    mapping.name = mapping.name if name is None else name
    mapping.rules = mapping.rules if rules is None else rules.kept()
    return _save(mapping)


@verb("core.delete_mapping", _("Delete the mapping"), leaves=True)
def delete_mapping(mapping: ImportMapping, *, actor: Any, reason: str = "") -> ImportMapping:
    """Delete a mapping; imports that were read by it keep how they were read. Raises Denied."""
    if actor is not None and not actor.may(import_kind(mapping.kind).verb):
        raise not_permitted()
    mapping.delete()
    return mapping
