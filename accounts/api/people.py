"""People, their roles and their substitutes over REST: the same actions as the screen."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from accounts.actions.delegation import delegate, delegate_for_other
from accounts.actions.user import edit_profile
from accounts.api.dated import IDENTITY, DatedSerializer, EndSerializer
from accounts.filters.delegation import DelegationFilter
from accounts.filters.grant import RoleGrantFilter
from accounts.filters.people import UserFilter
from accounts.models import Delegation, RoleGrant, User
from kam.core.api import RecordSerializer, RecordViewSet, ScopedPrimaryKeyField, SensibleDateField, VerbSerializer, verb_action
from kam.core.rest import versions


class UserSerializer(RecordSerializer):
    """A person who logs in; passwords and rights are no part of it."""

    class Meta:
        model = User
        fields = [*IDENTITY, "email", "first_name", "last_name", "language", "time_zone", "phone", "is_active"]
        read_only_fields = ["is_active"]


class ProfileBody(VerbSerializer):
    """What one changes of oneself; e-mail, roles and access are the administrator's."""

    first_name = serializers.CharField(required=False, max_length=80)
    last_name = serializers.CharField(required=False, max_length=80)
    phone = serializers.CharField(required=False, allow_blank=True, max_length=40)
    language = serializers.ChoiceField(required=False, choices=list(User._meta.get_field("language").flatchoices))
    time_zone = serializers.CharField(required=False, max_length=60)


class UserViewSet(RecordViewSet):
    """People who use KAM."""

    queryset = User.objects.all()
    serializer_class = UserSerializer
    filterset_class = UserFilter
    ordering_fields = ("id", "last_name", "first_name", "email", "updated_at")
    create_action = "accounts.create_user"
    update_action = "accounts.edit_user"
    deactivate = verb_action("accounts.deactivate_user")
    reactivate = verb_action("accounts.reactivate_user")

    @action(detail=False, filter_backends=[], pagination_class=None)
    def me(self, request: Any) -> Response:
        """The person whose token or session this is."""
        return self._answer(request.user)

    @extend_schema(request=ProfileBody, responses=UserSerializer)
    @me.mapping.patch
    def change_me(self, request: Any) -> Response:
        """Change your own name, phone, language or time zone."""
        version = versions.expected_version(request, request.user)
        body = ProfileBody(data=request.data, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        edit_profile(request.user, actor=request.user, version=version, **body.validated_data)
        return self._answer(request.user)


class RoleGrantSerializer(DatedSerializer):
    """A role that a person holds at one of our locations, or at all of them."""

    class Meta:
        model = RoleGrant
        fields = [*IDENTITY, "user", "role", "location", "first_day", "last_day"]


class RoleGrantViewSet(RecordViewSet):
    """Roles granted to people; they end, they are not changed."""

    queryset = RoleGrant.objects.all()
    serializer_class = RoleGrantSerializer
    filterset_class = RoleGrantFilter
    ordering_fields = {
        "id": "id",
        "user": "user__last_name",
        "role": "role",
        "first_day": "period__startswith",
        "updated_at": "updated_at",
    }
    create_action = "accounts.grant_role"
    end = verb_action("accounts.end_role", EndSerializer)


class DelegationSerializer(DatedSerializer):
    """Who acts for whom; without `principal` for oneself. The note is for those concerned."""

    principal = ScopedPrimaryKeyField(
        queryset=User.objects.all(), required=False, help_text="The person away; left out: yourself."
    )
    first_day = SensibleDateField(help_text="The first day away.")
    last_day = SensibleDateField(help_text="The last day away.")

    class Meta:
        model = Delegation
        fields = [*IDENTITY, "principal", "substitute", "first_day", "last_day", "role", "location", "note", "welcomed_at"]
        read_only_fields = ["welcomed_at"]
        extra_kwargs = {"substitute": {"required": True, "allow_null": True}}

    def to_representation(self, instance: Any) -> Any:
        """The row; its note only for the two and for who names substitutes."""
        row = super().to_representation(instance)
        reader = self.context["request"].user
        if reader.pk not in {instance.principal_id, instance.substitute_id} and not reader.may("accounts.delegate_for_other"):
            row["note"] = ""
        return row


def name_substitute(model: type[Delegation], *, actor: Any, principal: User | None = None, **values: Any) -> Delegation:
    """Name a substitute: for oneself, or for the principal whom a manager names."""
    if principal is None or principal.pk == actor.pk:
        return delegate(model, actor=actor, **values)
    return delegate_for_other(model, actor=actor, principal=principal, **values)


#: Whoever names no substitute of their own names none for others either.
setattr(name_substitute, "code", "accounts.delegate")  # noqa: B010


class DelegationViewSet(RecordViewSet):
    """Substitutes while people are away."""

    queryset = Delegation.objects.all()
    serializer_class = DelegationSerializer
    filterset_class = DelegationFilter
    ordering_fields = {
        "id": "id",
        "principal": "principal__last_name",
        "first_day": "period__startswith",
        "updated_at": "updated_at",
    }
    create_action = staticmethod(name_substitute)
    end = verb_action("accounts.end_delegation", EndSerializer)
    welcome_back = verb_action("accounts.welcome_back")
