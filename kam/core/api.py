"""The floor of the REST API: what every endpoint is made of, re-exported for the api.py of each application."""

from kam.core.rest.fields import PeriodField, ScopedPrimaryKeyField, SensibleDateField, SensibleDateTimeField, VisibleKeyField
from kam.core.rest.problems import Problem
from kam.core.rest.serializers import RecordSerializer, StrictSerializer, VerbSerializer
from kam.core.rest.viewsets import RecordViewSet, verb_action

__all__ = [
    "PeriodField",
    "Problem",
    "RecordSerializer",
    "RecordViewSet",
    "ScopedPrimaryKeyField",
    "SensibleDateField",
    "SensibleDateTimeField",
    "StrictSerializer",
    "VerbSerializer",
    "VisibleKeyField",
    "verb_action",
]
