"""Webhooks: the list, a webhook with what it told last, making and changing one, its secret shown once; the deliveries."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from kam.core import formats
from kam.core.badges import badge_for
from kam.core.forms import FieldsForm
from kam.core.outbox import CHANGES
from kam.core.tables import Column, write_rows
from kam.core.views.base import Page, Signed
from kam.core.views.form import FormPage, place_refusals
from kam.core.views.list import BulkAction, ListPage
from kam.core.views.record import Fact, RecordPage, VerbButton
from kam.core.views.verb import VerbView
from kam.core.webhook_filters import WebhookDeliveryFilter, WebhookFilter
from kam.core.webhooks import (
    CHANGE_WORDS,
    Webhook,
    WebhookDelivery,
    create_webhook,
    edit_webhook,
    event_label,
    event_names,
    repeat_delivery,
    told_models,
)
from kam.core.workflow import Denied

SHOWN = 20


class WebhookList(ListPage):
    """Every webhook."""

    model = Webhook
    title = _("Webhooks")
    icon = "webhook"
    filterset_class = WebhookFilter
    default_order = ("name",)
    columns = (
        Column("name", _("Name"), sort="name", link=True, second="url"),
        Column("status", _("Status"), kind="status"),
        Column("owner", _("By the rights of"), sort=("owner__last_name", "owner__first_name")),
        Column("events", _("Events"), value=lambda row: len(row.event_types), kind="number"),
        Column("failures", _("Failures since"), kind="number", sort="failures"),
        Column("delivered_at", _("Last success"), kind="moment", sort="delivered_at"),
        Column("updated_at", _("Changed"), kind="moment", sort="updated_at", default=False),
    )
    create_url = "core:webhook_create"
    create_verb = "core.create_webhook"
    create_label = _("New webhook")
    tabs = ((_("Paused"), "status=paused"),)
    empty_title = _("No webhook yet")
    empty_text = _("A webhook tells another system at once what was created, changed or deleted here.")


class WebhookForm(FieldsForm):
    """Where to, by whose rights, and of what."""

    event_types = forms.MultipleChoiceField(label=_("Events"), choices=(), required=False)

    class Meta:
        model = Webhook
        fields = ["name", "url", "owner", "is_active", "event_types"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["event_types"].choices = [(event, event_label(event)) for event in event_names()]  # type: ignore[attr-defined]
        self.fields["url"].widget.attrs |= {"inputmode": "url", "placeholder": "https://"}

    def event_rows(self) -> list[tuple[str, list[tuple[str, Any, bool]]]]:
        """The events as a table: a line for each kind of record, a box for each change."""
        chosen = set(self["event_types"].value() or [])
        lines = [
            (
                str(model._meta.verbose_name_plural),
                [(f"{label}.{what}", CHANGE_WORDS[what], f"{label}.{what}" in chosen) for what in CHANGES],
            )
            for label, (model, _noun) in told_models().items()
        ]
        return sorted(lines)


class WebhookEdit(FormPage):
    """Change a webhook."""

    model = Webhook
    form_class = WebhookForm
    verb = "core.edit_webhook"
    title = _("Edit webhook")
    template_name = "core/webhook_form.html"

    def act(self, form: Any) -> Any:
        """Change it."""
        return edit_webhook(self.record, actor=self.reader, **form.values())

    def context(self) -> dict[str, Any]:
        return super().context() | {"changes": [CHANGE_WORDS[what] for what in CHANGES]}


class WebhookCreate(WebhookEdit):
    """Make a webhook, and show its secret this once."""

    verb = "core.create_webhook"
    creates = True
    title = _("New webhook")
    cancel_url = "/webhooks/"

    def initial(self) -> dict[str, Any]:
        return {"is_active": True, "owner": self.reader} | super().initial()

    @method_decorator(sensitive_variables("webhook"))
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.check_right()
        form = self.form(request.POST)
        if not form.is_valid():
            return self.shown(form, status=422)
        values = form.values()
        values.pop("version", None)
        try:
            webhook = create_webhook(Webhook, actor=self.reader, **values)
        except Denied as denied:
            place_refusals(form, denied)
            return self.shown(form, status=422)
        return secret_page(self, webhook)


def secret_page(page: Page, webhook: Any) -> HttpResponse:
    """The page that shows a new secret, once."""
    context = page.context() | {"title": webhook.name, "webhook": webhook, "secret": webhook.shown_secret}
    return render(page.request, "core/webhook_secret.html", context)


class WebhookPage(RecordPage):
    """A webhook: what it is told, how it does, and its next steps."""

    model = Webhook
    list_url = "core:webhook_list"
    icon = "webhook"
    edit_url = "core:webhook_edit"
    edit_verb = "core.edit_webhook"
    number_field = "url"
    template_name = "core/webhook.html"
    buttons = (
        VerbButton("core.try_webhook", "core:webhook_try", "send", why_not=Webhook.why_no_pause),
        VerbButton("core.resume_webhook", "core:webhook_resume", "circle-play", why_not=Webhook.why_no_resumption, primary=True),
        VerbButton("core.pause_webhook", "core:webhook_pause", "circle-pause", page=True, why_not=Webhook.why_no_pause),
        VerbButton("core.renew_webhook_secret", "core:webhook_secret", "key-round", page=True),
    )

    def steps(self) -> list[Any]:
        """Pausing and taking up again stand in one place: whichever can be done."""
        other = "core.pause_webhook" if self.record.paused_at else "core.resume_webhook"
        return [step for step in super().steps() if step.button.verb != other]

    def facts(self) -> list[Fact]:
        row = self.record
        waiting = row.deliveries.filter(state=WebhookDelivery.State.WAITING).count()
        facts = [
            Fact(_("Address"), row.url),
            Fact(_("By the rights of"), row.owner, row.owner.get_absolute_url(), _("Only what this person may see is told.")),
            Fact(_("Last success"), formats.moment(row.delivered_at) if row.delivered_at else ""),
            Fact(_("Failures since"), formats.number(row.failures)),
            Fact(
                _("Waiting"), formats.number(waiting), f"{reverse('core:webhook_delivery_list')}?webhook={row.pk}&state=waiting"
            ),
        ]
        if row.paused_at:
            facts.append(Fact(_("Paused"), formats.moment(row.paused_at), "", row.paused_because))
        return facts

    def context(self) -> dict[str, Any]:
        wanted = set(self.record.event_types)
        told = [
            (
                model._meta.verbose_name_plural,
                ", ".join(str(CHANGE_WORDS[what]) for what in CHANGES if f"{label}.{what}" in wanted),
            )
            for label, (model, _noun) in told_models().items()
            if wanted & {f"{label}.{what}" for what in CHANGES}
        ]
        return super().context() | {"told": sorted((str(name), words) for name, words in told)}


class WebhookTry(VerbView):
    """Send a test."""

    model = Webhook
    verb = "core.try_webhook"
    success = _("The test is on its way; its answer stands among the deliveries.")

    def next_address(self, result: Any) -> str:
        return f"{self.record.get_absolute_url()}?tab=deliveries"


class WebhookPause(VerbView):
    """Send nothing for now."""

    model = Webhook
    verb = "core.pause_webhook"
    reason = True
    text = _("Nothing is sent until you take it up again. What happens meanwhile is kept and told then, in its order.")
    success = _("The webhook is paused.")


class WebhookResume(VerbView):
    """Send again."""

    model = Webhook
    verb = "core.resume_webhook"
    success = _("What waited is being sent.")


class WebhookSecret(VerbView):
    """Give a webhook a new secret, and show it this once."""

    model = Webhook
    verb = "core.renew_webhook_secret"
    reason = True
    text = _(
        "From now on everything is signed with the new secret. Give it to the receiver at once: what it refuses is sent again."
    )

    @method_decorator(sensitive_variables("result"))
    def answer(self, result: Any) -> HttpResponse:
        return secret_page(self, result)


COLUMNS = (
    Column(
        "event",
        _("Event"),
        value=lambda row: event_label(row.event),
        link=True,
        second=lambda row: f"{row.record_type} {row.record_id}",
    ),
    Column("state", _("State"), kind="status"),
    Column("happened_at", _("Happened"), kind="moment", sort="happened_at"),
    Column("attempts", _("Attempts"), kind="number", sort="attempts"),
    Column("sent_at", _("Last attempt"), kind="moment", sort="sent_at"),
    Column("status", _("Answer"), value=lambda row: str(row.status or ""), sort="status", second="said_words"),
    Column("seconds", _("Took, s"), kind="number", decimals=2, sort="seconds"),
)


class DeliveryList(ListPage):
    """Every delivery of every webhook, the newest first."""

    model = WebhookDelivery
    title = _("Webhook deliveries")
    icon = "send"
    filterset_class = WebhookDeliveryFilter
    default_order = ("-pk",)
    columns = (*COLUMNS, Column("webhook", _("Webhook"), sort="webhook__name"))
    tabs = ((_("Waiting"), "state=waiting"), (_("Given up"), "state=failed"))
    bulk_actions = (BulkAction("repeat", _("Send again"), "rotate-cw", "core.repeat_delivery", repeat_delivery),)
    breadcrumb = ((_("Webhooks"), "/webhooks/"),)
    empty_title = _("Nothing was told yet")
    empty_text = _("Every change that a webhook asks for stands here with what the receiver answered.")


class DeliveryPage(RecordPage):
    """One delivery: what it tells, what was answered."""

    model = WebhookDelivery
    icon = "send"
    number_field = "key"
    buttons = (
        VerbButton(
            "core.repeat_delivery", "core:webhook_delivery_repeat", "rotate-cw", why_not=WebhookDelivery.why_no_repetition
        ),
    )

    def badges(self) -> list[Any]:
        return [badge_for(self.record, "state")]

    def crumbs(self) -> list[tuple[Any, str]]:
        webhook = self.record.webhook
        return [(_("Webhooks"), reverse("core:webhook_list")), (webhook, f"{webhook.get_absolute_url()}?tab=deliveries")]

    def facts(self) -> list[Fact]:
        row = self.record
        return [
            Fact(_("Event"), event_label(row.event), "", row.event),
            Fact(_("Record"), f"{row.record_type} {row.record_id}"),
            Fact(_("Version"), row.record_version),
            Fact(_("Happened"), formats.moment(row.happened_at)),
            Fact(_("Attempts"), formats.number(row.attempts)),
            Fact(_("Last attempt"), formats.moment(row.sent_at) if row.sent_at else ""),
            Fact(_("Answer"), str(row.status or ""), "", row.said_words),
        ]


class DeliveryRepeat(VerbView):
    """Send a delivery once more."""

    model = WebhookDelivery
    verb = "core.repeat_delivery"
    success = _("The delivery is on its way again.")


class DeliveryPanel(Signed):
    """The last deliveries of a webhook."""

    model = Webhook

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        webhook = self.record_or_404()
        rows = list(WebhookDelivery.objects.visible_to(self.reader).filter(webhook=webhook).for_list()[:SHOWN])
        context = {"webhook": webhook, "lines": write_rows(rows, COLUMNS), "columns": COLUMNS}
        return render(request, "core/webhook_deliveries.html", context)
