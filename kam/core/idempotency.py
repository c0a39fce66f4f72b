"""What is kept so that a POST with an `Idempotency-Key` happens once: its answer, for a day."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from kam.core import clock
from kam.core.scoping import OwnQuerySet

KEPT_FOR = timedelta(hours=24)


class AnsweredRequest(models.Model):
    """The answer to a POST that carried a key: kept for a day, for its sender and its endpoint only."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", editable=False)
    endpoint = models.CharField(_("address"), max_length=200, editable=False)
    key = models.CharField(_("key"), max_length=255, editable=False)
    digest = models.CharField(max_length=64, editable=False)
    created_at = models.DateTimeField(_("created"), editable=False, db_index=True)
    status = models.PositiveSmallIntegerField(editable=False)
    headers = models.JSONField(default=dict, editable=False)
    body = models.BinaryField(editable=False)

    objects = OwnQuerySet.as_manager()

    class Meta:
        verbose_name = _("answered request")
        verbose_name_plural = _("answered requests")
        ordering = ["-created_at", "-pk"]
        constraints = [models.UniqueConstraint("user", "endpoint", "key", name="core_answeredrequest_once")]

    def __str__(self) -> str:
        return f"{self.endpoint} {self.key}"


def forget_answered_requests() -> int:
    """Remove the answers that are older than a day; how many there were."""
    return AnsweredRequest.objects.filter(created_at__lt=clock.now() - KEPT_FOR).delete()[0]
