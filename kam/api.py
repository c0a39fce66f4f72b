"""ROOF: every endpoint of the REST API, one line each; what they do is in the api of each application."""

from typing import Any

from django.core.cache import caches
from django.http import HttpResponse
from django.urls import path, re_path
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework.permissions import IsAuthenticated
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter
from rest_framework.views import APIView

from accounts.api.activities import ActivityViewSet, PromiseViewSet
from accounts.api.assignments import AssignmentViewSet, HandOverViewSet
from accounts.api.customers import ContactViewSet, CustomerGroupViewSet, CustomerViewSet, GlobalAccountViewSet, PlantViewSet
from accounts.api.organisation import DepartmentViewSet, LocationViewSet, MarketViewSet
from accounts.api.payment_terms import PaymentTermViewSet
from accounts.api.people import DelegationViewSet, RoleGrantViewSet, UserViewSet
from accounts.api.received_mails import ReceivedMailViewSet
from budgets.api import ENDPOINTS as BUDGETS
from catalog.api import ENDPOINTS as CATALOG
from complaints.api import ENDPOINTS as COMPLAINTS
from kam.core.api import Problem
from kam.core.api_devices import ENDPOINTS as DEVICES
from kam.core.api_files import ENDPOINTS as FILES
from kam.core.api_imports import ENDPOINTS as IMPORTS
from kam.core.api_links import ENDPOINTS as LINKS
from kam.core.api_lists import ENDPOINTS as LISTS
from kam.core.api_lists import TimelineView
from kam.core.api_process import (
    ExchangeRateViewSet,
    JobViewSet,
    NotificationViewSet,
    ParameterValueViewSet,
    PreferenceViewSet,
    WorkingCalendarViewSet,
    WorkItemViewSet,
)
from kam.core.api_webhooks import ENDPOINTS as WEBHOOKS
from kam.search import SearchView
from orders.api import ENDPOINTS as ORDERS

router = SimpleRouter()
router.register("users", UserViewSet, "user")
router.register("role-grants", RoleGrantViewSet, "role_grant")
router.register("delegations", DelegationViewSet, "delegation")
router.register("locations", LocationViewSet, "location")
router.register("departments", DepartmentViewSet, "department")
router.register("markets", MarketViewSet, "market")
router.register("payment-terms", PaymentTermViewSet, "payment_term")
router.register("assignments", AssignmentViewSet, "assignment")
router.register("hand-overs", HandOverViewSet, "hand_over")
router.register("customers", CustomerViewSet, "customer")
router.register("customer-groups", CustomerGroupViewSet, "customer_group")
router.register("global-accounts", GlobalAccountViewSet, "global_account")
router.register("plants", PlantViewSet, "plant")
router.register("contacts", ContactViewSet, "contact")
router.register("activities", ActivityViewSet, "activity")
router.register("promises", PromiseViewSet, "promise")
router.register("received-mails", ReceivedMailViewSet, "received_mail")
router.register("exchange-rates", ExchangeRateViewSet, "exchange_rate")
router.register("jobs", JobViewSet, "job")
router.register("notification-preferences", PreferenceViewSet, "notification_preference")
router.register("notifications", NotificationViewSet, "notification")
router.register("parameters", ParameterValueViewSet, "parameter")
router.register("work-items", WorkItemViewSet, "work_item")
router.register("working-calendars", WorkingCalendarViewSet, "working_calendar")
for address, endpoint, name in [*CATALOG, *ORDERS, *BUDGETS, *COMPLAINTS, *DEVICES, *FILES, *IMPORTS, *LINKS, *LISTS, *WEBHOOKS]:
    router.register(address, endpoint, name)


def nouns() -> list[tuple[Any, str]]:
    """Every kind of record that has an endpoint, with its noun (port `api_nouns`)."""
    registered: list[tuple[str, Any, str]] = router.registry
    return [(endpoint.queryset.model, noun) for noun, endpoint, _name in registered]


@extend_schema(exclude=True)
class SchemaView(SpectacularAPIView):
    """This description, as OpenAPI: one document for everybody, in English (kam.core.rest.schema), so it is made once."""

    permission_classes = [IsAuthenticated]

    def get(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """The document in the form that was asked for, as this process wrote it down for whoever asked first."""
        shape = self.perform_content_negotiation(request, force=True)[0]
        name = f"openapi.{shape.format}"
        text = caches["pieces"].get(name)
        if text is None:
            text = shape.render(self.generator_class().get_schema(public=True), shape.media_type, {})
            caches["pieces"].set(name, text)
        return HttpResponse(text, shape.media_type, headers={"Content-Disposition": f'inline; filename="KAM.{shape.format}"'})

    def handle_exception(self, exc: Exception) -> Response:
        """A refusal is JSON, whatever form of the description was asked for."""
        response = super().handle_exception(exc)
        self.request.accepted_renderer, self.request.accepted_media_type = JSONRenderer(), JSONRenderer.media_type
        return response


class Documentation(TemplateView):
    """The description as a page on which every operation can be tried."""

    template_name = "api/documentation.html"


@extend_schema(exclude=True)
class Nowhere(APIView):
    """Every other address below /api/: a problem document, not a page."""

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        """Nobody without a log-in learns which addresses exist."""
        super().initial(request, *args, **kwargs)
        raise Problem("not_found", _("There is no such address. Addresses end with a slash."), status=404)


urlpatterns = [
    *router.urls,
    path("search/", SearchView.as_view(), name="search"),
    path("timeline/", TimelineView.as_view(), name="timeline"),
    path("schema/", SchemaView.as_view(), name="schema"),
    path("docs/", Documentation.as_view(), name="documentation"),
    re_path(r"^.*$", Nowhere.as_view(), name="nowhere"),
]
