"""Customers, groups, plants and contacts over REST: the rows that a person sees, and the same actions as the screen."""

from typing import Any

from django.db.models import Prefetch
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from accounts.actions.contact import create_contact, report_contact
from accounts.actions.customer import create_customer
from accounts.actions.group import create_group
from accounts.actions.plant import create_plant
from accounts.filters.customer import ContactFilter, CustomerFilter, CustomerGroupFilter, PlantFilter
from accounts.models import Contact, Customer, CustomerGroup, Location, Plant
from kam.core.api import RecordSerializer, RecordViewSet, ScopedPrimaryKeyField, SensibleDateField, VerbSerializer, verb_action

IDENTITY = ["id", "version", "created_at", "updated_at"]


class CustomerSerializer(RecordSerializer):
    """A customer; its terms only for whoever reads them, written by the verb `terms`."""

    cost_fields = Customer.commercial_fields
    code = serializers.CharField(required=False, allow_blank=True, max_length=20)
    city = serializers.CharField(max_length=80)
    language = serializers.ChoiceField(choices=["it", "en", "de"], required=False)
    confirm_similar = serializers.BooleanField(
        write_only=True, required=False, help_text="This is another company than the similar ones."
    )
    location: Any = ScopedPrimaryKeyField(
        queryset=Location.objects.all(),
        write_only=True,
        required=False,
        allow_null=True,
        help_text="Our location that leads its plant.",
    )

    class Meta:
        model = Customer
        fields = [
            *IDENTITY,
            "code",
            "name",
            "group",
            "status",
            "status_reason",
            "merged_into",
            "vat_id",
            "tax_code",
            "country",
            "address",
            "postal_code",
            "city",
            "region",
            "website",
            "language",
            "sector",
            "currency",
            *Customer.commercial_fields,
            "approves_site",
            "notes",
            "confirm_similar",
            "location",
        ]
        read_only_fields = ["status", "status_reason", "merged_into", *Customer.commercial_fields]


class CustomerPlantSerializer(RecordSerializer):
    """A plant as it stands on its customer."""

    class Meta:
        model = Plant
        fields = ["id", "version", "code", "name", "status", "country", "city"]
        read_only_fields = fields


class CustomerDetailSerializer(CustomerSerializer):
    """One customer, with those of its plants that the reader sees."""

    plants = CustomerPlantSerializer(many=True, read_only=True)

    class Meta(CustomerSerializer.Meta):
        fields = [*CustomerSerializer.Meta.fields, "plants"]


class CustomerEditSerializer(CustomerSerializer):
    """What an edit takes: the group and the leading location are decided by verbs of their own."""

    group: Any = serializers.PrimaryKeyRelatedField(read_only=True)
    location: Any = None

    class Meta(CustomerSerializer.Meta):
        fields = [name for name in CustomerSerializer.Meta.fields if name != "location"]


class TermsSerializer(VerbSerializer, serializers.ModelSerializer):
    """The terms of a customer; what is left out stays."""

    class Meta:
        model = Customer
        fields = [*Customer.commercial_fields, "reason"]
        extra_kwargs = {name: {"required": False} for name in Customer.commercial_fields}

    credit_limit_until = SensibleDateField(required=False, allow_null=True)


class MergeSerializer(VerbSerializer):
    """Into which customer."""

    into = ScopedPrimaryKeyField(queryset=Customer.objects.all())


class AcquireSerializer(VerbSerializer):
    """To which group, from which day; no group: the company leaves its group."""

    group = ScopedPrimaryKeyField(queryset=CustomerGroup.objects.all(), allow_null=True)
    from_day = SensibleDateField(required=False)


class ExternalCodeSerializer(VerbSerializer):
    """What another system calls the record, from a day on."""

    system = serializers.CharField(max_length=40)
    code = serializers.CharField(max_length=80)
    from_day = SensibleDateField(required=False, allow_null=True)


class CustomerViewSet(RecordViewSet):
    """Customers: legal entities that buy from us, or might."""

    queryset = Customer.objects.all()
    serializer_class = CustomerSerializer
    filterset_class = CustomerFilter
    ordering_fields = ("id", "code", "name", "status", "country", "city", "updated_at", "created_at", *Customer.commercial_fields)
    create_action = staticmethod(create_customer)
    update_action = "accounts.edit_customer"
    terms = verb_action("accounts.edit_customer_terms", TermsSerializer)
    activate = verb_action("accounts.activate_customer")
    block = verb_action("accounts.block_customer")
    unblock = verb_action("accounts.unblock_customer")
    close = verb_action("accounts.close_customer")
    merge = verb_action("accounts.merge_customers", MergeSerializer)
    acquire = verb_action("accounts.acquire_company", AcquireSerializer)
    external_code = verb_action("accounts.edit_external_code", ExternalCodeSerializer)

    def get_serializer_class(self) -> Any:
        """What a body may hold differs between creating and editing; one customer is read with its plants."""
        if self.action == "retrieve":
            return CustomerDetailSerializer
        return CustomerEditSerializer if self.action in {"update", "partial_update"} else CustomerSerializer

    def get_queryset(self) -> Any:
        """The rows that this person sees; an answer names other records by their keys alone."""
        rows = super().get_queryset().select_related(None).defer("search_text").with_detailed(self.request.user)
        if self.action == "retrieve" and not getattr(self, "swagger_fake_view", False):
            rows = rows.prefetch_related(Prefetch("plants", Plant.objects.visible_to(self.request.user).few()))
        return rows

    def costs_read_in(self, records: list[Any]) -> set[Any]:
        """The keys of those whose terms this person reads: not those seen as a card only."""
        return {record.pk for record in records if record.detailed}

    def present(self, records: list[Any]) -> list[dict[str, Any]]:
        """The rows; what is internal to those who work with the customer stays out of a card."""
        rows = super().present(records)
        readable = self.costs_read_in(records)
        for record, row in zip(records, rows, strict=True):
            if record.pk not in readable:
                row |= {name: "" for name in ("notes", "status_reason") if name in row}
        return rows

    def marks(self, record: Any) -> str:
        """The plants that an answer shows change on their own."""
        if "plants" not in getattr(record, "_prefetched_objects_cache", {}):
            return ""
        return ".".join(f"{plant.pk}v{plant.version}" for plant in record.plants.all())


class CustomerGroupSerializer(RecordSerializer):
    """A customer group; its profile only for whoever leads or oversees it."""

    cost_fields = ("profile",)
    code = serializers.CharField(required=False, allow_blank=True, max_length=20)

    class Meta:
        model = CustomerGroup
        fields = [*IDENTITY, "code", "name", "is_global_account", "tier", "sector", "parent", "website", "profile"]


class CustomerGroupViewSet(RecordViewSet):
    """Customer groups, global accounts included."""

    queryset = CustomerGroup.objects.all()
    serializer_class = CustomerGroupSerializer
    filterset_class = CustomerGroupFilter
    ordering_fields = ("id", "code", "name", "tier", "updated_at", "created_at")
    create_action = staticmethod(create_group)
    update_action = "accounts.edit_group"


class GlobalAccountViewSet(RecordViewSet):
    """Global accounts: the groups that one account manager leads across all our locations. Write them as customer groups."""

    queryset = CustomerGroup.objects.filter(is_global_account=True)
    serializer_class = CustomerGroupSerializer
    filterset_class = CustomerGroupFilter
    ordering_fields = ("id", "code", "name", "tier", "updated_at", "created_at")


class PlantSerializer(RecordSerializer):
    """A customer's plant."""

    code = serializers.CharField(required=False, allow_blank=True, max_length=20)
    country = serializers.CharField(required=False, max_length=2)
    location: Any = ScopedPrimaryKeyField(
        queryset=Location.objects.all(), write_only=True, required=False, allow_null=True, help_text="Our location that leads it."
    )

    class Meta:
        model = Plant
        fields = [
            *IDENTITY,
            "customer",
            "code",
            "name",
            "status",
            "closed_on",
            "successor",
            "products_made",
            "country",
            "address",
            "postal_code",
            "city",
            "region",
            "phone",
            "unloading_point",
            "transit_days",
            "packaging",
            "calendar",
            "location",
        ]
        read_only_fields = ["status", "closed_on", "successor"]


class PlantEditSerializer(PlantSerializer):
    """What an edit takes: the owner and who serves are decided by verbs of their own."""

    customer: Any = serializers.PrimaryKeyRelatedField(read_only=True)
    location: Any = None

    class Meta(PlantSerializer.Meta):
        fields = [name for name in PlantSerializer.Meta.fields if name != "location"]


class ServeSerializer(VerbSerializer):
    """Which of our locations leads, serves or no longer serves the plant, and when."""

    location = ScopedPrimaryKeyField(queryset=Location.objects.all())
    service = serializers.ChoiceField(choices=["leads", "serves", "none"])
    from_day = SensibleDateField(required=False)
    until = SensibleDateField(required=False, allow_null=True)


class SellSerializer(VerbSerializer):
    """To which company, from which day."""

    to = ScopedPrimaryKeyField(queryset=Customer.objects.all())
    from_day = SensibleDateField(required=False)


class CloseSerializer(VerbSerializer):
    """From which day, and which plant succeeds."""

    from_day = SensibleDateField(required=False)
    successor = ScopedPrimaryKeyField(queryset=Plant.objects.all(), required=False, allow_null=True)


class PlantViewSet(RecordViewSet):
    """Customers' plants."""

    queryset = Plant.objects.all()
    serializer_class = PlantSerializer
    filterset_class = PlantFilter
    ordering_fields = ("id", "code", "name", "city", "country", "status", "updated_at", "created_at")
    create_action = staticmethod(create_plant)
    update_action = "accounts.edit_plant"
    serve = verb_action("accounts.serve_plant", ServeSerializer)
    sell = verb_action("accounts.sell_plant", SellSerializer)
    close = verb_action("accounts.close_plant", CloseSerializer)
    external_code = verb_action("accounts.edit_external_code", ExternalCodeSerializer)

    def get_serializer_class(self) -> Any:
        """What a body may hold differs between creating and editing."""
        return PlantEditSerializer if self.action in {"update", "partial_update"} else PlantSerializer


class ContactSerializer(RecordSerializer):
    """A person at a customer."""

    language = serializers.ChoiceField(choices=["it", "en", "de"], required=False)

    class Meta:
        model = Contact
        fields = [
            *IDENTITY,
            "customer",
            "plant",
            "first_name",
            "last_name",
            "function",
            "decision_role",
            "language",
            "email",
            "phone",
            "mobile",
            "legal_basis",
            "relationship",
            "is_active",
            "erased_at",
        ]
        read_only_fields = ["erased_at"]


class ReportFactSerializer(serializers.Serializer):
    """One column of the record."""

    label: Any = serializers.CharField()
    value = serializers.CharField()


class ReportLineSerializer(serializers.Serializer):
    """One entry: when, what, the words kept, who wrote them, where they stand."""

    at = serializers.CharField()
    what = serializers.CharField()
    text = serializers.CharField()
    by = serializers.CharField()
    address = serializers.CharField()


class ReportPartSerializer(serializers.Serializer):
    """One kind of thing that is kept; `withheld` counts what is private to others."""

    name = serializers.CharField()
    label: Any = serializers.CharField()
    withheld = serializers.IntegerField()
    lines = ReportLineSerializer(many=True)


class PersonReportSerializer(serializers.Serializer):
    """Everything that is stored about a contact."""

    contact = serializers.IntegerField()
    made_at = serializers.DateTimeField()
    facts = ReportFactSerializer(many=True)
    parts = ReportPartSerializer(many=True)


class ContactViewSet(RecordViewSet):
    """People at customers."""

    queryset = Contact.objects.all()
    serializer_class = ContactSerializer
    filterset_class = ContactFilter
    ordering_fields = ("id", "last_name", "first_name", "email", "relationship", "updated_at", "created_at")
    create_action = staticmethod(create_contact)
    update_action = "accounts.edit_contact"
    erase = verb_action("accounts.erase_contact")

    @extend_schema(responses=PersonReportSerializer)
    @action(detail=True, methods=["get"], filter_backends=[], pagination_class=None)
    def report(self, request: Any, pk: Any = None) -> Response:
        """Everything that is stored about this person; the access log keeps who asked."""
        contact = self.get_object()
        self.require(report_contact, contact)
        report = report_contact(contact, actor=request.user)
        return Response(PersonReportSerializer(report.data()).data)
