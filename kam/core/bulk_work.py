"""The job that does one thing to every row of a list's filter, each row on its own, with the refusals told row by row."""

from typing import Any

from django.utils.translation import gettext as _

from kam.core.views.list_export import page_of
from kam.core.workflow import Denied, not_permitted

STEP = 20


def run(job: Any, report: Any) -> dict[str, Any]:
    """The job kind `core.act_on_rows`: the bulk action of `params` on the rows that its owner sees in the filter now.

    A row that was done before the work was interrupted is refused or left as it is by its own action.
    """
    page = page_of(job.params, job.actor)
    action = next((one for one in page.bulk_actions if one.name == job.params["bulk"]), None)
    if action is None or not job.actor.may(action.verb):
        raise not_permitted()
    keys = list(page.filtered().order_by("pk").values_list("pk", flat=True))
    extra = {"reason": job.params.get("reason", "")} if action.reason else {}
    refused = 0
    for number, key in enumerate(keys):
        if number % STEP == 0:
            report(number, len(keys))
        row = page.rows().filter(pk=key).first()
        if row is None:
            continue
        try:
            action.act(row, actor=job.actor, **extra)
        except Denied as denied:
            refused += 1
            report.error(row=number + 1, read=str(row), expected=str(denied))
    words = {"done": len(keys) - refused, "refused": refused}
    report(len(keys), len(keys), _("Done: %(done)d rows. Refused: %(refused)d.") % words)
    return words
