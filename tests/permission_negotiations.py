"""The part of the table of rights that is about negotiations; tests.permission_matrix has the rest."""

from datetime import date
from typing import Any

from django.db.models import F

from tests.permission_rows import Row, form, lists, many, one, posts, reads

#: A negotiation as it is once it was won.
WON: dict[str, Any] = {"stage": "won", "decided_on": date(2026, 1, 7)}
#: One with a next step.
STEP: dict[str, Any] = {"next_step": "Call", "next_step_on": date(2099, 1, 1), "next_step_by": F("owner")}

NEGOTIATIONS: dict[str, Row] = {
    "orders:negotiation_list": lists("arsbmu"),
    "orders:negotiation_board": reads("", "arsbmu"),
    "orders:negotiation_pipeline": reads("", "arsbmu"),
    "api:negotiation-pipeline": reads(),
    "orders:home_negotiations": reads("", "arsbmu"),
    **{f"orders:{kind}_negotiations": reads(kind, "argsbmu") for kind in ("customer", "plant", "group")},
    "orders:negotiation_create": form("", "ars"),
    "orders:negotiation_detail": reads("negotiation"),
    **{f"orders:negotiation_{verb}": form("negotiation", "ars") for verb in ("edit", "move", "win", "lose", "leave", "withdraw")},
    "orders:negotiation_step": form("negotiation", "ars"),
    "orders:negotiation_reopen": form("negotiation", "ars", **WON),
    "orders:dossier_create": form("", "ars"),
    "orders:dossier_detail": reads("dossier"),
    "orders:dossier_print": posts("dossier", "*"),
    "api:negotiation_dossier-print": posts("dossier", "*"),
    **{f"orders:dossier_{verb}": form("dossier", "as") for verb in ("edit", "round", "concession")},
    "api:negotiation_dossier-list": many("ars"),
    "api:negotiation_dossier-detail": one("dossier", "as"),
    **{f"api:negotiation_dossier-{verb}": posts("dossier", "as") for verb in ("add-round", "add-concession")},
    **{
        f"orders:{noun}_{verb}": form(f"dossier_{noun}", "as")
        for noun in ("round", "concession")
        for verb in ("correct", "strike")
    },
    **{f"api:negotiation_{noun}-list": reads() for noun in ("round", "concession")},
    **{f"api:negotiation_{noun}-detail": reads(f"dossier_{noun}") for noun in ("round", "concession")},
    **{
        f"api:negotiation_{noun}-{verb}": posts(f"dossier_{noun}", "as")
        for noun in ("round", "concession")
        for verb in ("correct", "strike")
    },
    "orders:development_list": lists(),
    "orders:activity_development": reads("activity"),
    "orders:development_create": form("", "ars"),
    "orders:development_detail": reads("development_request"),
    "orders:development_answer": form("development_request", "t"),
    "orders:development_withdraw": form("development_request", "ars"),
    "api:development_request-list": many("ars"),
    "api:development_request-detail": reads("development_request"),
    "api:development_request-answer": posts("development_request", "t"),
    "api:development_request-withdraw": posts("development_request", "ars"),
    "api:negotiation-list": many("ars"),
    "api:negotiation-detail": one("negotiation", "ars"),
    **{f"api:negotiation-{verb}": posts("negotiation", "ars") for verb in ("move", "win", "lose", "leave", "withdraw")},
    "api:negotiation-step": posts("negotiation", "ars", **STEP),
    "api:negotiation-reopen": posts("negotiation", "ars", **WON),
}
