"""People over REST: who they are; their rights are given on the screen."""

from typing import Any

from rest_framework.decorators import action
from rest_framework.response import Response

from accounts.filters.people import UserFilter
from accounts.models import User
from kam.core.api import RecordSerializer, RecordViewSet


class UserSerializer(RecordSerializer):
    """A person who logs in."""

    class Meta:
        model = User
        fields = [
            "id",
            "version",
            "created_at",
            "updated_at",
            "email",
            "first_name",
            "last_name",
            "language",
            "time_zone",
            "phone",
            "is_active",
        ]
        read_only_fields = fields


class UserViewSet(RecordViewSet):
    """People who use KAM."""

    queryset = User.objects.all()
    serializer_class = UserSerializer
    filterset_class = UserFilter
    ordering_fields = ("id", "last_name", "first_name", "email", "updated_at")

    @action(detail=False, filter_backends=[], pagination_class=None)
    def me(self, request: Any) -> Response:
        """The person whose token or session this is."""
        return self._answer(request.user)
