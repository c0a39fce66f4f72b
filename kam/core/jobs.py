"""Long work in the background: started, carried out once at a time, with progress, cancel, result and errors that a person sees."""

import json
import os
import re
import shutil
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, connection, models, transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone, translation
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from kam.core import clock
from kam.core.dispatch import dispatch
from kam.core.notifications import Way, define_notification, notify
from kam.core.parameters import define, parameter
from kam.core.ports import port
from kam.core.records import noted_trigger
from kam.core.scoping import OwnQuerySet
from kam.core.verbs import verb
from kam.core.workflow import Denied, not_permitted

FINISHED = define_notification("job_finished", _("Background work has ended"), way=Way.APP)
define("jobs.retention_days", default=14, unit="cd", label=_("How long results of background work are kept"))

RIGHTS = ".rights"  # beside a result: what its owner could read when it was written
LOCKS = 7204  # the first key of the advisory locks that running jobs hold
ATTEMPTS = 3
REPEAT_AFTER = timedelta(seconds=30)
MANY_ERRORS = 1000


class JobCancelled(Exception):
    """Raised inside a job by its next report after somebody has cancelled it or its owner has lost the right."""


class JobQuerySet(OwnQuerySet):
    """Jobs belong to who started them."""

    owner_field = "actor"


class Job(models.Model):
    """One piece of background work: what, for whom, how far it is, what came of it."""

    class State(models.TextChoices):
        QUEUED = "queued", _("waiting")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")

    kind = models.SlugField(_("kind"), max_length=60)
    verb = models.CharField(_("verb that it needs"), max_length=80, blank=True)
    params = models.JSONField(_("details"), default=dict, blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="jobs",
        verbose_name=_("started by"),
    )
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.QUEUED)
    done = models.PositiveIntegerField(_("done"), default=0)
    total = models.PositiveIntegerField(_("of"), null=True, blank=True)
    message = models.CharField(_("message"), max_length=300, blank=True)
    result = models.JSONField(_("result"), default=dict, blank=True)
    errors = models.JSONField(_("errors"), default=list, blank=True)
    file_name = models.CharField(_("file"), max_length=200, blank=True)
    cancel_asked = models.BooleanField(_("cancel asked"), default=False)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    created_at = models.DateTimeField(_("created"), default=clock.now)
    updated_at = models.DateTimeField(_("last change"), db_default=Now(), editable=False)
    heartbeat_at = models.DateTimeField(_("last sign of life"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        verbose_name = _("background job")
        verbose_name_plural = _("background jobs")
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["actor", "-created_at", "-id"], name="core_job_listed"),
            models.Index(fields=["actor", "updated_at"], name="core_job_changed"),
            models.Index(fields=["state", "created_at"], name="core_job_state"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["queued", "running"], ended_at=None)
                | Q(state__in=["done", "failed", "cancelled"], ended_at__isnull=False),
                name="core_job_ended_has_time",
            ),
            models.CheckConstraint(condition=Q(total=None) | Q(done__lte=F("total")), name="core_job_not_more_than_all"),
        ]
        triggers = [noted_trigger("heartbeat_at")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    def get_absolute_url(self) -> str:
        """The page with the progress bar and the result."""
        return f"/jobs/{self.pk}/"

    @property
    def percent(self) -> int | None:
        """How far it is in percent, or None while the whole is not known."""
        return self.done * 100 // self.total if self.total else None

    @property
    def ended(self) -> bool:
        """Done, failed or cancelled."""
        return self.ended_at is not None

    @property
    def folder(self) -> Path:
        """Where its result files lie."""
        return Path(settings.MEDIA_ROOT) / "jobs" / str(self.pk)

    @property
    def file_path(self) -> Path | None:
        """The result file, or None."""
        path = self.folder / self.file_name if self.file_name else None
        return path if path and path.is_file() else None


class Report:
    """What a running job talks through: progress, errors and a result file, written at once on a connection of its own."""

    def __init__(self, job: Job, rows: "Line") -> None:
        self.job, self._line = job, rows
        self.errors: list[Any] = []
        self._roles = port("access_of")(job.actor).roles if job.actor else frozenset()

    def __call__(self, done: int, total: int | None = None, message: Any = "") -> None:
        """Say how far it is; raises JobCancelled when it was cancelled or its owner has lost the right meanwhile."""
        total = total if total is not None else self.job.total
        self.job.done, self.job.total = (min(done, total), total) if total is not None else (done, None)
        alive = self._line.progress(self.job.pk, self.job.done, self.job.total, str(message)[:300])
        if not alive or not self._entitled():
            raise JobCancelled

    def _entitled(self) -> bool:
        """Whether the owner still holds every role with which the work began."""
        if self.job.actor is None:
            return True
        fresh = type(self.job.actor)._default_manager.get(pk=self.job.actor.pk)
        return bool(self._roles <= port("access_of")(fresh).roles)

    def error(self, **details: Any) -> None:
        """Note an error of one row (sheet, row, column, read, expected …); the job goes on."""
        if len(self.errors) < MANY_ERRORS:
            self.errors.append(details)

    def file(self, name: str) -> Path:
        """The path to write the result file to, under a name that the person will see."""
        safe = re.sub(r"[^\w. ()-]+", "_", os.path.basename(name)).strip(". ")[:120] or "result"
        self.job.folder.mkdir(parents=True, exist_ok=True)
        if self.job.actor is not None:
            (self.job.folder / RIGHTS).write_text(json.dumps(port("access_of")(self.job.actor).reach()))
        self.job.file_name = safe
        return self.job.folder / safe


class Line:
    """A second connection to the database: it holds the job's lock and writes progress while the work has its own transaction."""

    def __init__(self) -> None:
        self.connection = connection.copy()

    def execute(self, statement: str, values: list[Any]) -> Any:
        """Run one statement, committed at once, and answer its first row if it has one."""
        with self.connection.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchone() if cursor.description else None

    def lock(self, key: int) -> bool:
        """Take the job's lock for as long as this connection lives; False when another worker has it."""
        return bool(self.execute("SELECT pg_try_advisory_lock(%s, %s)", [LOCKS, key])[0])

    def progress(self, key: int, done: int, total: int | None, message: str) -> bool:
        """Write progress; False when the job was cancelled or its owner is no longer active."""
        row = self.execute(
            "UPDATE core_job SET done = %s, total = %s, message = %s, heartbeat_at = statement_timestamp()"
            " WHERE id = %s AND state = 'running' AND NOT cancel_asked"
            " AND (actor_id IS NULL OR EXISTS (SELECT FROM accounts_user WHERE id = actor_id AND is_active)) RETURNING id",
            [done, total, message, key],
        )
        return row is not None

    def close(self) -> None:
        """Let go of the lock, at once: a closed connection's lock would stand until the server notices that it is gone."""
        with suppress(DatabaseError, InterfaceError):
            self.execute("SELECT pg_advisory_unlock_all()", [])
        self.connection.close()


def start_job(kind: str, *, actor: Any, params: dict[str, Any] | None = None, verb: str = "") -> Job:
    """Queue background work of a kind and have it sent when the transaction has committed.

    With a `verb`, its owner must hold it now, when it runs and when the result is fetched. Raises Denied.
    """
    if kind not in port("job_kinds"):
        raise ValueError(f"the kind of job {kind} is not in the table")
    if actor is not None and verb and not actor.may(verb):
        raise not_permitted()
    job = Job.objects.create(kind=kind, actor=actor, params=params or {}, verb=verb)
    dispatch("kam.core.tasks.run_job", job.pk)
    return job


@verb("core.cancel_job", _("Cancel"))
def cancel_job(job: Job, *, actor: Any, reason: str = "") -> Job:
    """Cancel work that has not ended: at once while it waits, at its next step while it runs."""
    if job.ended:
        raise Denied("job_ended", _("This work has ended already."))
    job.cancel_asked = True
    if job.state == Job.State.QUEUED:
        job.state, job.ended_at = Job.State.CANCELLED, clock.now()
    job.save(update_fields=["cancel_asked", "state", "ended_at"])
    if job.ended:
        _give_up(job)
    return job


def may_fetch(job: Job, user: Any) -> bool:
    """Whether a person may fetch the result now: theirs, still active, still holding the verb and all that they could read
    when the file was written; who has handed over an account since must not take its rows along."""
    mine = Job.objects.visible_to(user).filter(pk=job.pk).exists()
    if not mine or (job.verb and not user.may(job.verb)) or not _still_seen(job, user):
        return False
    try:
        before = json.loads((job.folder / RIGHTS).read_text())
    except FileNotFoundError:
        return True
    now = port("access_of")(user).reach()
    return all(set(held) <= set(now.get(name, held if now["everything"] else ())) for name, held in before.items())


def _still_seen(job: Job, user: Any) -> bool:
    """Whether the record that the result is about, where it names one, is one that this person sees."""
    about = job.params.get("about")
    if not about:
        return True
    label, key = about
    rows: Any = apps.get_model(label)._default_manager
    return bool(rows.visible_to(user).filter(pk=key).exists())


def run(key: int) -> str:
    """Carry out one job, whatever its state in the broker: answers the state it ended in, or why it was left alone.

    The lock is held on a connection of its own, so that two deliveries of one message never run it twice at a time,
    and a worker that dies lets go of it. What a job writes must be harmless when it is run again.
    """
    line = Line()
    try:
        if not line.lock(key):
            return "held"
        return _run(key, line)
    finally:
        line.close()


def _run(key: int, line: Line) -> str:
    with transaction.atomic():
        job = Job.objects.select_for_update(of=("self",)).filter(pk=key, state__in=[Job.State.QUEUED, Job.State.RUNNING]).first()
        if job is None:
            return "ended"
        job.state, job.attempts, job.heartbeat_at, job.done = Job.State.RUNNING, job.attempts + 1, clock.now(), 0
        job.save(update_fields=["state", "attempts", "heartbeat_at", "done"])
    if job.attempts > ATTEMPTS:
        return _end(job, Job.State.FAILED, message=_("The work stopped several times without an answer."))
    if job.actor and (not job.actor.is_active or (job.verb and not job.actor.may(job.verb))):
        return _end(job, Job.State.CANCELLED, message=_("The right to do this has ended."))
    work: Callable[[Job, Report], Any] = import_string(port("job_kinds")[job.kind])
    report = Report(job, line)
    language = job.actor.language if job.actor else settings.LANGUAGE_CODE
    zone = job.actor.time_zone if job.actor else settings.TIME_ZONE
    with translation.override(language), timezone.override(zone):
        try:
            result = work(job, report)
        except JobCancelled:
            return _end(job, Job.State.CANCELLED, report)
        except Denied as refused:
            return _end(job, Job.State.FAILED, report, message=refused.message)
        except (InterfaceError, OperationalError):
            # The database went away or sent us away: it has forgotten our work, and the sweeper has it done again.
            raise
        except Exception:
            _end(job, Job.State.FAILED, report, message=_("The work failed because of an error in KAM; it has been logged."))
            raise
        return _end(job, Job.State.DONE, report, result=result)


def _end(job: Job, state: str, report: Report | None = None, *, result: Any = None, message: Any = "") -> str:
    """Write how it ended and tell its owner."""
    with transaction.atomic():
        fresh = Job.objects.select_for_update(of=("self",)).get(pk=job.pk)
        fresh.state, fresh.ended_at, fresh.message = state, clock.now(), str(message)[:300] or fresh.message
        fresh.result, fresh.errors = result or {}, report.errors if report else []
        fresh.file_name = job.file_name if state == Job.State.DONE else ""
        if state == Job.State.DONE and fresh.total is not None:
            fresh.done = fresh.total
        fresh.save()
        if state != Job.State.DONE:
            _give_up(fresh)
        if fresh.actor and state != Job.State.CANCELLED:
            notify(FINISHED, fresh, to=[fresh.actor], occasion=str(fresh.attempts))
    return state


def _give_up(job: Job) -> None:
    """Tell the record whose work ended without having been done, so that it does not wait for it for ever."""
    told = port("job_ends").get(job.kind)
    if told:
        import_string(told)(job, job.message)


def jobs_to_repeat() -> list[int]:
    """The keys of jobs that wait too long or whose worker died (nobody holds their lock): for the sweeper."""
    old = clock.now() - REPEAT_AFTER
    waiting = Q(state=Job.State.QUEUED, created_at__lte=old) | Q(state=Job.State.RUNNING, heartbeat_at__lte=old)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT objid FROM pg_locks WHERE locktype = 'advisory' AND classid = %s AND granted"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
            [LOCKS],
        )
        held = {row[0] for row in cursor.fetchall()}
    return [key for key in Job.objects.filter(waiting).order_by("pk").values_list("pk", flat=True) if key not in held]


def forget_old_jobs() -> int:
    """Delete ended jobs and their files after their time; answers how many."""
    before = clock.now() - timedelta(days=parameter("jobs.retention_days"))
    old = list(Job.objects.filter(ended_at__lt=before))
    for job in old:
        shutil.rmtree(job.folder, ignore_errors=True)
        job.delete()
    return len(old)
