"""The page of the devices on which a person is told at once; the browser's part is in static/kam/js/push.js."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from kam.core.devices import PushDevice, register_device, remove_device
from kam.core.forms import Form
from kam.core.push import public_key
from kam.core.views.base import Page
from kam.core.views.form import place_refusals
from kam.core.views.workers import worker
from kam.core.workflow import Denied

push_worker = worker("kam/js/push_worker.js")


class DeviceForm(Form):
    """How a browser says that it can be reached; its script fills this in."""

    endpoint = forms.CharField(max_length=2000, widget=forms.HiddenInput)
    public_key = forms.CharField(max_length=200, widget=forms.HiddenInput)
    secret = forms.CharField(max_length=200, widget=forms.HiddenInput)
    name = forms.CharField(max_length=200, required=False, widget=forms.HiddenInput)


class DevicePage(Page):
    """My devices; the button registers the one on which this page is open."""

    model = PushDevice
    title = _("My devices")
    template_name = "core/devices.html"

    def context(self) -> dict[str, Any]:
        return super().context() | {"devices": self.rows(), "form": DeviceForm(reader=self.reader), "key": public_key()}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = DeviceForm(request.POST, reader=self.reader)
        if form.is_valid():
            try:
                register_device(self.reader, **form.values())
            except Denied as denied:
                place_refusals(form, denied)
            else:
                return self.done(reverse("core:device_list"), _("KAM tells you on this device from now on."))
        return render(request, self.template_name, self.context() | {"form": form}, status=422)


class DeviceRemove(Page):
    """Tell me on one of my devices no longer."""

    model = PushDevice
    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        remove_device(self.record_or_404(), actor=self.reader)
        return self.done(reverse("core:device_list"), _("KAM does not tell you on that device any more."))
