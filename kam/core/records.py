"""The base of every business row: identity, creation, last change and the version that concurrent edits compare."""

from typing import Any

import pgtrigger
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class OwnColumns(pgtrigger.AnyChange):
    """A change in any column that is written; generated columns follow from those, and a trigger may not read them."""

    def resolve(self, model: type[models.Model]) -> str:
        unnoticed = {*(self.exclude or []), *(field.name for field in model._meta.fields if field.generated)}
        columns = pgtrigger.AnyChange(exclude=[field.name for field in model._meta.fields if field.name in unnoticed])
        return str(columns.resolve(model))


def version_trigger(*unnoticed: str) -> pgtrigger.Trigger:
    """The trigger that counts the changes of a row; columns named here change without being counted."""
    return pgtrigger.Trigger(
        name="version",
        operation=pgtrigger.Update,
        when=pgtrigger.Before,
        condition=OwnColumns(exclude=["created_at", "updated_at", "version", *unnoticed]),
        func="NEW.version = OLD.version + 1; NEW.updated_at = statement_timestamp(); RETURN NEW;",
    )


def noted_trigger(*unnoticed: str) -> pgtrigger.Trigger:
    """The trigger that notes when a row without versions last changed; columns named here change without being noted."""
    return pgtrigger.Trigger(
        name="noted",
        operation=pgtrigger.Update,
        when=pgtrigger.Before,
        condition=OwnColumns(exclude=["created_at", "updated_at", *unnoticed]),
        func="NEW.updated_at = statement_timestamp(); RETURN NEW;",
    )


class Record(models.Model):
    """A business row; `version` counts its changes and `updated_at` is set by the database, however the row was written."""

    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)
    updated_at = models.DateTimeField(_("last change"), db_default=Now(), editable=False, db_index=True)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)

    class Meta:
        abstract = True
        triggers = [version_trigger()]

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save, then read back what the database's trigger set."""
        adding = self._state.adding
        super().save(*args, **kwargs)
        if not adding:
            self.refresh_from_db(fields=["updated_at", "version"])


class About(models.Model):
    """Something that stands on a record of any application: a work item, a document, a comment."""

    content_type = models.ForeignKey(ContentType, on_delete=models.PROTECT, editable=False, related_name="+")
    object_id = models.BigIntegerField(editable=False)
    record = GenericForeignKey("content_type", "object_id")

    class Meta:
        abstract = True
