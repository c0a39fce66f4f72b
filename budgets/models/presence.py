"""Who is at which cell of a budget now: told by the grid with every look at what changed, and forgotten after a few seconds."""

from django.db import models


class Presence(models.Model):
    """Where a person is in a budget; `month` 0 is the line as a whole. Without a history, in a table that no crash and no backup keeps.

    Keys and no references: noting where somebody reads must wait for nobody who locks the budget.
    """

    budget = models.BigIntegerField()
    person = models.BigIntegerField()
    line = models.BigIntegerField()
    month = models.PositiveSmallIntegerField()
    seen_at = models.DateTimeField()

    class Meta:
        verbose_name = "presence"
        constraints = [models.UniqueConstraint(fields=["budget", "person"], name="budgets_presence_once")]

    def __str__(self) -> str:
        return f"{self.budget} · {self.person}"
