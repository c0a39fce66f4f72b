"""The bare twins: plain Django and REST framework on the same tables, the same columns and rows, a token or a session, no rule.

Served by its own gunicorn: `tests.bench.bare:application`. It knows nothing of KAM but the names of its tables.
"""

import hashlib
import os
from typing import Any
from urllib.parse import unquote, urlsplit

import django
from django.conf import settings

address = urlsplit(os.environ["DATABASE_URL"])
settings.configure(
    SECRET_KEY=os.environ["SECRET_KEY"],
    ALLOWED_HOSTS=["localhost"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sessions", "rest_framework"],
    MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware"],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": address.path.lstrip("/"),
            "USER": unquote(address.username or ""),
            "PASSWORD": unquote(address.password or ""),
            "HOST": address.hostname,
            "PORT": str(address.port),
            "CONN_MAX_AGE": 60,
        }
    },
    USE_TZ=True,
    REST_FRAMEWORK={"DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"]},
)
django.setup()

from django.contrib.auth import SESSION_KEY  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import connection, models, transaction  # noqa: E402
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.template import engines  # noqa: E402
from django.urls import path  # noqa: E402
from django.utils import timezone  # noqa: E402
from rest_framework import generics, serializers  # noqa: E402
from rest_framework.authentication import BaseAuthentication  # noqa: E402
from rest_framework.exceptions import AuthenticationFailed  # noqa: E402
from rest_framework.pagination import PageNumberPagination  # noqa: E402
from rest_framework.permissions import IsAuthenticated  # noqa: E402

from tests.bench.bare_tables import (  # noqa: E402
    Complaint,
    Customer,
    Notification,
    Offer,
    OfferLine,
    Order,
    OrderLine,
    Plant,
    Token,
    User,
    WorkItem,
)


class ByToken(BaseAuthentication):
    """The token check."""

    def authenticate(self, request: Any) -> tuple[User, Token]:
        """The person of the token."""
        digest = hashlib.sha256(request.headers["Authorization"].removeprefix("Token ").encode()).hexdigest()
        token = Token.objects.select_related("user").filter(digest=digest, revoked_at=None).first()
        if token is None or token.expires_at < timezone.now() or not token.user.is_active:
            raise AuthenticationFailed
        return token.user, token


class Page(PageNumberPagination):
    """Fifty rows and the count."""

    page_size = 50


class CustomerSerializer(serializers.ModelSerializer):
    """Every column."""

    class Meta:
        model = Customer
        fields = "__all__"


class PlantSerializer(serializers.ModelSerializer):
    """The columns of a plant on its customer."""

    class Meta:
        model = Plant
        fields = ["id", "version", "code", "name", "status", "country", "city"]


class CustomerWithPlants(CustomerSerializer):
    """Every column, and the plants."""

    plants = PlantSerializer(many=True)


IN_GROUPS = "group_id IN (SELECT group_id FROM accounts_assignment WHERE user_id = %s)"
AT_LOCATION = "accounts_customer.id IN (SELECT p.customer_id FROM accounts_plantservice s JOIN accounts_plant p ON p.id = s.plant_id WHERE s.location_id = %s)"


def scoped(parameters: Any) -> models.QuerySet[Customer]:
    """The rows of the person by the shortest way: those of their groups, or of their location."""
    rows = Customer.objects.filter(status=parameters["status"]).order_by("name", "pk")
    if "leader" in parameters:
        return rows.extra(where=[IN_GROUPS], params=[parameters["leader"]])  # noqa: S610 - the shortest query, not a model
    if "location" in parameters:
        return rows.extra(where=[AT_LOCATION], params=[parameters["location"]])  # noqa: S610
    return rows


class CustomerList(generics.ListAPIView):
    """The list."""

    authentication_classes = [ByToken]
    permission_classes = [IsAuthenticated]
    serializer_class = CustomerSerializer
    pagination_class = Page

    def get_queryset(self) -> models.QuerySet[Customer]:
        """The filtered and sorted rows."""
        return scoped(self.request.query_params)


class CustomerDetail(generics.RetrieveAPIView):
    """One customer with its plants."""

    authentication_classes = [ByToken]
    permission_classes = [IsAuthenticated]
    serializer_class = CustomerWithPlants
    queryset = Customer.objects.prefetch_related("plants")


class OfferLineSerializer(serializers.ModelSerializer):
    """The columns of a line of an offer."""

    class Meta:
        model = OfferLine
        exclude = ["offer", "version"]


class OfferHeadSerializer(serializers.ModelSerializer):
    """Every column."""

    class Meta:
        model = Offer
        exclude = ["triggers", "approved_print"]
        read_only_fields = ["created_at", "updated_at"]


class OfferSerializer(OfferHeadSerializer):
    """Every column, and the lines; both are written in one transaction."""

    lines = OfferLineSerializer(many=True)

    def create(self, values: dict[str, Any]) -> Offer:
        """The offer with its lines."""
        lines = values.pop("lines")
        with transaction.atomic():
            offer: Offer = Offer.objects.create(**values)
            OfferLine.objects.bulk_create([OfferLine(offer=offer, **line) for line in lines])
        return offer


class OfferList(generics.ListCreateAPIView):
    """The list, by the shortest way as well."""

    authentication_classes = [ByToken]
    permission_classes = [IsAuthenticated]
    pagination_class = Page

    def get_serializer_class(self) -> type[OfferHeadSerializer]:
        """Heads are listed, offers with their lines are written."""
        return OfferHeadSerializer if self.request.method == "GET" else OfferSerializer

    def get_queryset(self) -> models.QuerySet[Offer]:
        """The filtered and sorted rows."""
        asked = self.request.query_params
        rows = Offer.objects.filter(status=asked["status"]).order_by("-created_at", "-pk")
        if "leader" in asked:
            return rows.extra(where=[OFFERS_OF_GROUPS], params=[asked["leader"]])  # noqa: S610 - the shortest query, not a model
        if "location" in asked:
            return rows.extra(where=[OFFERS_AT_LOCATION], params=[asked["location"]])  # noqa: S610
        return rows


class OrderLineSerializer(serializers.ModelSerializer):
    """The columns of a line of an order."""

    class Meta:
        model = OrderLine
        exclude = ["order", "version"]


class OrderSerializer(serializers.ModelSerializer):
    """Every column, and the lines; both are written in one transaction."""

    lines = OrderLineSerializer(many=True)

    class Meta:
        model = Order
        fields = "__all__"
        read_only_fields = ["created_at", "updated_at"]

    def create(self, values: dict[str, Any]) -> Order:
        """The order with its lines."""
        lines = values.pop("lines")
        with transaction.atomic():
            order: Order = Order.objects.create(**values)
            OrderLine.objects.bulk_create([OrderLine(order=order, **line) for line in lines])
        return order


class OrderList(generics.CreateAPIView):
    """Orders, by the shortest way as well."""

    authentication_classes = [ByToken]
    permission_classes = [IsAuthenticated]
    serializer_class = OrderSerializer


class ComplaintSerializer(serializers.ModelSerializer):
    """Every column, whom it asks and whom it tells; all of it is written in one transaction."""

    asks = serializers.ListField(child=serializers.CharField(), write_only=True)
    tells = serializers.ListField(child=serializers.IntegerField(), write_only=True)
    kinds = serializers.ListField(child=serializers.IntegerField(), write_only=True)

    class Meta:
        model = Complaint
        fields = "__all__"
        read_only_fields = ["created_at", "updated_at"]

    def create(self, values: dict[str, Any]) -> Complaint:
        """The complaint with the work of its departments and what their people are told."""
        asks, tells, (complaint_kind, item_kind) = (values.pop(name) for name in ("asks", "tells", "kinds"))
        now = timezone.now()
        with transaction.atomic():
            complaint: Complaint = Complaint.objects.create(**values)
            about = {"content_type_id": complaint_kind, "object_id": complaint.pk}
            person = complaint.reported_by
            items = WorkItem.objects.bulk_create(
                WorkItem(kind="bare", addressed_to=one, audience=one, asked_at=now, asked_by=person, due_at=now, **about)
                for one in asks
            )
            each = len(tells) // len(items)
            Notification.objects.bulk_create(
                Notification(
                    kind="bare", reader_id=reader, created_at=now, content_type_id=item_kind, object_id=items[place // each].pk
                )
                for place, reader in enumerate(tells)
            )
        return complaint


class ComplaintList(generics.CreateAPIView):
    """Complaints, by the shortest way as well."""

    authentication_classes = [ByToken]
    permission_classes = [IsAuthenticated]
    serializer_class = ComplaintSerializer


OFFERS_OF_GROUPS = "plant_id IN (SELECT p.id FROM accounts_plant p JOIN accounts_customer c ON c.id = p.customer_id JOIN accounts_assignment a ON a.group_id = c.group_id WHERE a.user_id = %s)"
OFFERS_AT_LOCATION = "plant_id IN (SELECT plant_id FROM accounts_plantservice WHERE location_id = %s)"
OFFER = engines["django"].from_string(
    """<!doctype html><html lang="en"><title>{{ offer.number }}</title><h1>{{ offer.number }}</h1><p>{{ offer.subject }} {{ offer.status }}
{{ offer.net }} {{ offer.currency }} {{ offer.valid_until }}</p><table><tr><th>Position<th>Article<th>Quantity<th>Price<th>Amount</tr>
{% for line in lines %}<tr><td>{{ line.position }}</td><th>{{ line.product.code }}<small>{{ line.product.name_en }} {{ line.customer_part }}
{{ line.part_revision }}</small></th><td>{{ line.quantity }} {{ line.unit }}</td><td>{{ line.price }}</td><td>{{ line.list_price }}</td></tr>
{% endfor %}</table></html>"""
)


def offer_page(request: HttpRequest, pk: int) -> HttpResponse:
    """An offer as a page: who is signed in, the offer, its lines."""
    User.objects.get(pk=request.session[SESSION_KEY], is_active=True)
    offer = Offer.objects.get(pk=pk)
    return HttpResponse(OFFER.render({"offer": offer, "lines": offer.lines.select_related("product").order_by("position")}))


# What stands in the columns of the page, looked up for its fifty rows only.
LOOKED_UP = """
SELECT c.id,
  coalesce((SELECT u.first_name || ' ' || u.last_name FROM accounts_assignment a JOIN accounts_user u ON u.id = a.user_id
            WHERE a.customer_id = c.id LIMIT 1),
           (SELECT u.first_name || ' ' || u.last_name FROM accounts_assignment a JOIN accounts_user u ON u.id = a.user_id
            WHERE a.group_id = c.group_id LIMIT 1)),
  (SELECT string_agg(DISTINCT l.name_en, ', ') FROM accounts_plant p JOIN accounts_plantservice s ON s.plant_id = p.id
   JOIN accounts_location l ON l.id = s.location_id WHERE p.customer_id = c.id),
  (SELECT count(*) FROM accounts_plant p WHERE p.customer_id = c.id),
  (SELECT max(v.starts_at) FROM accounts_activity v WHERE v.customer_id = c.id AND v.kind = 'visit' AND v.status = 'done')
FROM accounts_customer c WHERE c.id = ANY(%s)
"""
TEMPLATE = engines["django"].from_string(
    """<!doctype html><html lang="en"><title>Customers</title><h1>Customers</h1><p>{{ count }} rows</p><table><tr><th>Customer<th>Status
<th>City<th>Account manager<th>Served by<th>Plants<th>Last visit</tr>{% for row, more in rows %}<tr>
<th><a href="/customers/{{ row.pk }}/">{{ row.name }}</a><small>{{ row.code }} {{ row.group.name }}</small></th><td>{{ row.status }}</td>
<td>{{ row.city }}<small>{{ row.country }}</small></td><td>{{ more.1 }}</td><td>{{ more.2 }}</td><td>{{ more.3 }}</td>
<td>{{ more.4|date:"Y-m-d" }}</td></tr>{% endfor %}</table></html>"""
)


def page(request: HttpRequest) -> HttpResponse:
    """The list as a page: who is signed in, the count, fifty rows."""
    User.objects.get(pk=request.session[SESSION_KEY], is_active=True)
    found = scoped(request.GET).select_related("group")
    count, rows = found.count(), list(found[:50])
    with connection.cursor() as cursor:
        cursor.execute(LOOKED_UP, [[row.pk for row in rows]])
        more = {values[0]: values for values in cursor.fetchall()}
    return HttpResponse(TEMPLATE.render({"count": count, "rows": [(row, more[row.pk]) for row in rows]}))


urlpatterns = [
    path("healthz", lambda request: HttpResponse("ok")),
    path("customers/", page),
    path("offers/<int:pk>/", offer_page),
    path("api/v1/offers/", OfferList.as_view()),
    path("api/v1/orders/", OrderList.as_view()),
    path("api/v1/complaints/", ComplaintList.as_view()),
    path("api/v1/customers/", CustomerList.as_view()),
    path("api/v1/customers/<int:pk>/", CustomerDetail.as_view()),
]
application = get_wsgi_application()
