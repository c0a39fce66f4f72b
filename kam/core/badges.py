"""Status told by icon, word and tint together; a model may say the tone of its own slugs in `STATUS_TONES`."""

from dataclasses import dataclass
from typing import Any

TONES = {
    "draft": ("draft", "new", "prospect", "planned", "to_do", "proposed", "scheduled"),
    "wait": (
        "waiting",
        "submitted",
        "in_review",
        "pending",
        "open",
        "running",
        "queued",
        "in_progress",
        "at_risk",
        "expiring",
        "returned",
    ),
    "ok": (
        "active",
        "approved",
        "done",
        "confirmed",
        "kept",
        "accepted",
        "valid",
        "in_force",
        "won",
        "sent",
        "customer",
        "completed",
    ),
    "no": ("refused", "blocked", "rejected", "broken", "failed", "late", "overdue", "lost", "expired", "suspended"),
    "closed": ("closed", "cancelled", "archived", "inactive", "withdrawn", "merged", "superseded", "ended", "sold"),
}
ICONS = {"draft": "circle-dashed", "wait": "clock", "ok": "circle-check", "no": "ban", "closed": "archive", "accent": "info"}
_BY_SLUG = {slug: tone for tone, slugs in TONES.items() for slug in slugs}


@dataclass(frozen=True)
class Badge:
    """A word on its tint: tone is draft, wait, ok, no, closed or accent (a fact, not a status)."""

    label: Any
    tone: str = "accent"
    icon: str = ""

    @property
    def picture(self) -> str:
        """The icon of the badge, else the one of its tone."""
        return self.icon or ICONS[self.tone]


def badge_for(record: Any, field: str = "status") -> Badge:
    """The badge of a record's status; `STATUS_TONES = {"slug": "tone"}` or `{"slug": ("tone", "icon")}` on the model wins."""
    slug = str(getattr(record, field) or "")
    said = getattr(record, "STATUS_TONES", {}).get(slug) or _BY_SLUG.get(slug, "draft")
    tone, icon = (said, "") if isinstance(said, str) else said
    display = getattr(record, f"get_{field}_display", None)
    return Badge(display() if display else slug, tone, icon)
