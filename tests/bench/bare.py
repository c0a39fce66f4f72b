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
from django.db import connection, models  # noqa: E402
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.template import engines  # noqa: E402
from django.urls import path  # noqa: E402
from django.utils import timezone  # noqa: E402
from rest_framework import generics, serializers  # noqa: E402
from rest_framework.authentication import BaseAuthentication  # noqa: E402
from rest_framework.exceptions import AuthenticationFailed  # noqa: E402
from rest_framework.pagination import PageNumberPagination  # noqa: E402
from rest_framework.permissions import IsAuthenticated  # noqa: E402


class User(models.Model):
    """A person."""

    email = models.EmailField()
    first_name = models.CharField(max_length=80)
    last_name = models.CharField(max_length=80)
    is_active = models.BooleanField()
    is_authenticated = True

    class Meta:
        app_label, managed, db_table = "bare", False, "accounts_user"


class Token(models.Model):
    """A token."""

    user = models.ForeignKey(User, models.DO_NOTHING)
    digest = models.CharField(max_length=64)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        app_label, managed, db_table = "bare", False, "core_apitoken"


class Group(models.Model):
    """A group of customers."""

    name = models.CharField(max_length=160)

    class Meta:
        app_label, managed, db_table = "bare", False, "accounts_customergroup"


class Customer(models.Model):
    """A customer."""

    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    version = models.IntegerField()
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=160)
    group = models.ForeignKey(Group, models.DO_NOTHING, null=True)
    status = models.CharField(max_length=10)
    status_reason = models.CharField(max_length=200)
    merged_into = models.ForeignKey("self", models.DO_NOTHING, null=True)
    vat_id = models.CharField(max_length=20)
    tax_code = models.CharField(max_length=20)
    country = models.CharField(max_length=2)
    address = models.CharField(max_length=200)
    postal_code = models.CharField(max_length=12)
    city = models.CharField(max_length=80)
    region = models.CharField(max_length=40)
    website = models.URLField()
    language = models.CharField(max_length=2)
    sector = models.ForeignKey(Group, models.DO_NOTHING, null=True, related_name="+")
    currency = models.CharField(max_length=3)
    payment_terms = models.CharField(max_length=4)
    incoterms = models.CharField(max_length=3)
    incoterms_place = models.CharField(max_length=70)
    incoterms_version = models.CharField(max_length=4)
    credit_limit = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    credit_limit_until = models.DateField(null=True)
    notes = models.TextField()

    class Meta:
        app_label, managed, db_table = "bare", False, "accounts_customer"


class Plant(models.Model):
    """A plant of a customer."""

    version = models.IntegerField()
    customer = models.ForeignKey(Customer, models.DO_NOTHING, related_name="plants")
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=120)
    status = models.CharField(max_length=8)
    country = models.CharField(max_length=2)
    city = models.CharField(max_length=80)

    class Meta:
        app_label, managed, db_table = "bare", False, "accounts_plant"


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
    path("api/v1/customers/", CustomerList.as_view()),
    path("api/v1/customers/<int:pk>/", CustomerDetail.as_view()),
]
application = get_wsgi_application()
