"""The catalogues of the interface's words: drawn from code, templates and scripts, compared, compiled; without GNU gettext.

The source language is English. The Italian and German catalogues hold every message; the English one is there so that
English is a language like the others, and its messages stay empty (gettext then shows the source).
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from os import getpid
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

LANGUAGES = ("it", "en", "de")
SOURCE = "en"
KEYWORDS: dict[str, Any] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
FOLDERS = ("kam", "accounts", "catalog", "orders", "projects", "budgets", "complaints", "templates")
DOMAINS = ("django", "djangojs")
NAMED = re.compile(r"%\((\w+)\)[#0\- +]*\d*(?:\.\d+)?[diouxXeEfFgGcrsa]")
UNNAMED = re.compile(r"%(?!\(|%)[#0\- +]*\d*(?:\.\d+)?[diouxXeEfFgGcrsa]")
HEADER = "# The words of KAM's interface. Filled by hand; `manage.py translations` adds and removes messages.\n#"


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong in a catalogue."""

    language: str
    domain: str
    message: str
    what: str

    def __str__(self) -> str:
        return f"{self.language}/{self.domain}: {self.what}: {self.message[:160]!r}"


def catalogue_file(root: Path, language: str, domain: str) -> Path:
    """Where a catalogue lives."""
    return root / "kam" / "locale" / language / "LC_MESSAGES" / f"{domain}.po"


def _messages_of(file: Path, domain: str) -> Iterator[tuple[int, Any, list[str], str | None]]:
    text = file.read_bytes()
    if file.suffix in {".html", ".txt", ".ics"}:
        # Django rewrites a template so that its translated words stand in calls, at their lines.
        from django.utils.translation.template import templatize

        text = templatize(text.decode(), origin=str(file)).encode()
    method = "javascript" if domain == "djangojs" else "python"
    yield from extract(method, BytesIO(text), KEYWORDS, ("Translators:",), {"encoding": "utf-8"})


def source_files(root: Path, domain: str) -> Iterator[Path]:
    """The files that may hold words of the interface."""
    suffixes = {".js"} if domain == "djangojs" else {".py", ".html", ".txt", ".ics"}
    for folder in FOLDERS:
        for file in sorted((root / folder).rglob("*")):
            inside = set(file.relative_to(root).parts)
            if (
                file.suffix in suffixes
                and file.is_file()
                and not inside & {"migrations", "locale", "vendor", "node_modules", "launch"}
            ):
                yield file


def extracted(root: Path, domain: str) -> Catalog:
    """Every message in the sources, with the files that it stands in (without line numbers, which change with every edit)."""
    catalog = Catalog()
    for file in source_files(root, domain):
        name = str(file.relative_to(root))
        for _line, message, comments, context in _messages_of(file, domain):
            key = message[0] if isinstance(message, tuple) else message
            if key and str(key).strip():
                catalog.add(message, locations=[(name, 0)], auto_comments=comments, context=context)
    return catalog


def read_catalogue(root: Path, language: str, domain: str) -> Catalog:
    """A catalogue as it stands; an empty one if there is none."""
    file = catalogue_file(root, language, domain)
    if not file.exists():
        return Catalog(locale=language, domain=domain)
    with file.open("rb") as stream:
        return read_po(stream, locale=language, domain=domain)


def updated(root: Path, language: str, domain: str, template: Catalog) -> Catalog:
    """The catalogue with exactly the messages of the sources and the translations it had; nothing is guessed."""
    old = read_catalogue(root, language, domain)
    new = Catalog(
        locale=language,
        domain=domain,
        header_comment=HEADER,
        fuzzy=False,
        project="KAM",
        version="1",
        copyright_holder="",
        charset="utf-8",
    )
    for message in sorted(_real(template), key=lambda each: (_source(each).lower(), _source(each), each.context or "")):
        known = old.get(message.id, message.context)
        string = known.string if known is not None and not known.fuzzy and _same_shape(known, message) else None
        new.add(
            message.id,
            string,
            locations=sorted(set(message.locations)),
            auto_comments=message.auto_comments,
            context=message.context,
        )
    return new


def written(catalog: Catalog) -> bytes:
    """A catalogue as the text of its file; without dates, so that it changes only with its words."""
    stream = BytesIO()
    write_po(stream, catalog, width=120, sort_output=False, include_lineno=False, omit_header=True)
    plural = f'"Plural-Forms: nplurals={catalog.num_plurals}; plural={catalog.plural_expr};\\n"\n'
    head = (
        f'{HEADER}\nmsgid ""\nmsgstr ""\n"Language: {catalog.locale}\\n"\n"MIME-Version: 1.0\\n"\n'
        f'"Content-Type: text/plain; charset=utf-8\\n"\n"Content-Transfer-Encoding: 8bit\\n"\n{plural}\n'
    )
    return head.encode() + stream.getvalue()


def faults(root: Path, allowed: set[str]) -> list[Fault]:
    """What keeps the catalogues from being complete; `allowed` are words that are the same in all languages."""
    found: list[Fault] = []
    for domain in DOMAINS:
        template = extracted(root, domain)
        sources = {(message.id if isinstance(message.id, str) else message.id[0], message.context) for message in _real(template)}
        for message in _real(template):
            found += [
                Fault("source", domain, _source(message), "a placeholder without a name")
                for text in _ids(message)
                if UNNAMED.search(text)
            ]
        for language in LANGUAGES:
            catalog = read_catalogue(root, language, domain)
            present = {(_source(message), message.context): message for message in _real(catalog)}
            found += [Fault(language, domain, key[0], "missing") for key in sorted(sources - set(present), key=str)]
            found += [
                Fault(language, domain, key[0], "no longer in the sources") for key in sorted(set(present) - sources, key=str)
            ]
            for message in present.values():
                found += _faults_of(message, language, domain, allowed)
    return found


def _faults_of(message: Message, language: str, domain: str, allowed: set[str]) -> Iterator[Fault]:
    source, texts = _source(message), _texts(message)
    if message.fuzzy:
        yield Fault(language, domain, source, "fuzzy")
    if not any(texts) and language == SOURCE:
        return
    if not all(texts):
        yield Fault(language, domain, source, "not translated")
        return
    wanted = {name for text in _ids(message) for name in NAMED.findall(text)}
    for text in texts:
        if set(NAMED.findall(text)) - wanted or (
            set(NAMED.findall(_ids(message)[-1])) - set(NAMED.findall(text)) and len(texts) == 1
        ):
            yield Fault(language, domain, source, "its placeholders differ")
        elif set(NAMED.findall(_ids(message)[-1])) - set(NAMED.findall(text)) and text is texts[-1]:
            yield Fault(language, domain, source, "its placeholders differ")
        if text.startswith("\n") != source.startswith("\n") or text.endswith("\n") != source.endswith("\n"):
            yield Fault(language, domain, source, "its first or last line break differs")
    if language != SOURCE and texts[0] == source and source not in allowed and re.search(r"[^\W\d_]{2}", NAMED.sub("", source)):
        yield Fault(
            language, domain, source, "the same as the source; translate it or put it on the list of words that are the same"
        )


def missing(root: Path, language: str) -> list[dict[str, Any]]:
    """What a translator has to write: each message with its context, its files and room for the translation."""
    found = []
    for domain in DOMAINS:
        catalog = updated(root, language, domain, extracted(root, domain))
        for message in _real(catalog):
            if not all(_texts(message)):
                entry = {
                    "domain": domain,
                    "context": message.context,
                    "source": message.id,
                    "files": [name for name, _ in message.locations],
                }
                forms = catalog.num_plurals if message.pluralizable else 1
                found.append({**entry, "translation": [""] * forms if message.pluralizable else ""})
    return found


def fill(root: Path, language: str, entries: Iterable[dict[str, Any]]) -> int:
    """Write a translator's work into the catalogues; returns how many messages it filled."""
    entries, filled = list(entries), 0
    for domain in DOMAINS:
        catalog = updated(root, language, domain, extracted(root, domain))
        for entry in entries:
            message = catalog.get(_key(entry["source"]), entry.get("context"))
            translation = entry["translation"]
            if entry["domain"] == domain and message is not None and translation and all(translation):
                message.string = tuple(translation) if isinstance(translation, list) else translation
                filled += 1
        save(root, language, domain, catalog)
    return filled


def save(root: Path, language: str, domain: str, catalog: Catalog) -> None:
    """Write a catalogue, or remove the file of one without messages."""
    file = catalogue_file(root, language, domain)
    if not list(_real(catalog)) and domain != "django":
        file.unlink(missing_ok=True)
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(written(catalog))


def compile_all(folders: Iterable[Path | str]) -> int:
    """Compile every catalogue that is newer than its compiled form; returns how many."""
    compiled = 0
    for folder in folders:
        for source in sorted(Path(folder).glob("*/LC_MESSAGES/*.po")):
            target = source.with_suffix(".mo")
            if target.exists() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns:
                continue
            with source.open("rb") as stream:
                catalog = read_po(stream, locale=source.parts[-3])
            unfinished = target.with_suffix(f".{getpid()}.unfinished.mo")  # two may begin at the same moment
            with unfinished.open("wb") as stream:
                write_mo(stream, catalog)
            unfinished.replace(target)
            compiled += 1
    return compiled


def _real(catalog: Catalog) -> list[Message]:
    return [message for message in catalog if message.id]


def _ids(message: Message) -> list[str]:
    return [message.id] if isinstance(message.id, str) else list(message.id)


def _source(message: Message) -> str:
    return _ids(message)[0]


def _texts(message: Message) -> list[str]:
    string = message.string
    return [string or ""] if isinstance(string, str) or string is None else [text or "" for text in string] or [""]


def _key(source: str | list[str]) -> str:
    return source if isinstance(source, str) else source[0]


def _same_shape(known: Message, message: Message) -> bool:
    return bool(known.pluralizable) == bool(message.pluralizable)
