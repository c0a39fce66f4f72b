"""Contract reviews over REST: read with their answers, signatures and differences; every step; and the editions of the checklist."""

from typing import Any

from django.db.models import Prefetch
from rest_framework import serializers

from accounts.models import User
from catalog.api.products import IDENTITY
from kam.core.api import (
    RecordSerializer,
    RecordViewSet,
    ScopedPrimaryKeyField,
    SensibleDateField,
    StrictSerializer,
    VerbSerializer,
    verb_action,
)
from kam.core.api_prints import print_action
from kam.core.api_samples import SampleVerb
from orders.actions import publish_checklist
from orders.filters import ContractReviewFilter, ReviewChecklistFilter
from orders.models import (
    ContractReview,
    ReviewAnswer,
    ReviewChecklist,
    ReviewCondition,
    ReviewDifference,
    ReviewQuestion,
    ReviewSignature,
)
from orders.models.checklists import FUNCTION_CHOICES, ReviewClass
from orders.reports.order_checks import told
from orders.reports.order_evidence import CLOSED
from orders.reports.review_class import say_why

AMOUNT: dict[str, Any] = {"max_digits": 18, "decimal_places": 2, "allow_null": True, "required": False}


class PartSerializer(RecordSerializer):
    """A part of a review; the reason belongs to the review."""

    def get_fields(self) -> dict[str, serializers.Field]:
        """The part's own fields."""
        fields = super().get_fields()
        if "reason" in fields and "reason" not in self.Meta.fields:  # type: ignore[attr-defined]
            fields.pop("reason")
        return fields


class ReviewAnswerSerializer(PartSerializer):
    """A question with its answer."""

    text = serializers.CharField(source="question.text", read_only=True)
    function = serializers.CharField(source="question.function", read_only=True)
    statutory = serializers.BooleanField(source="question.statutory", read_only=True)

    class Meta:
        model = ReviewAnswer
        fields = [
            "question", "text", "function", "statutory", "answer", "comment", "resolution", "evidence", "answered_by", "answered_at",
        ]  # fmt: skip
        read_only_fields = fields


class ReviewSignatureSerializer(PartSerializer):
    """The opinion of a function in a round."""

    class Meta:
        model = ReviewSignature
        fields = ["round", "function", "due_at", "comment", "signed_by", "on_behalf_of", "signed_at"]
        read_only_fields = fields


class ReviewDifferenceSerializer(PartSerializer):
    """What was ordered otherwise than offered or agreed, what it is worth a year, and what was decided."""

    basis = serializers.CharField(source="compared_with", read_only=True)
    reason = serializers.CharField(read_only=True)

    class Meta:
        model = ReviewDifference
        fields = [
            "id", "position", "field", "basis", "expected", "found", "delta", "delta_percent", "effect", "function", "blocking",
            "decision", "reason", "decided_by", "decided_at", "evidence", "closed_on", "gone_at",
        ]  # fmt: skip
        read_only_fields = fields


class ReviewConditionSerializer(PartSerializer):
    """A condition under which we commit."""

    class Meta:
        model = ReviewCondition
        fields = ["round", "text", "owner", "due_on"]
        read_only_fields = fields


class ContractReviewHeadSerializer(RecordSerializer):
    """A review as it stands in a list."""

    why = serializers.SerializerMethodField()

    class Meta:
        model = ContractReview
        fields = [
            *IDENTITY, "order", "offer", "name", "plant", "selling_location", "producing_location", "entered_by", "klass",
            "computed_class", "why", "class_reason", "class_by", "state", "result", "round", "touched", "checklist", "opened_at", "due_at",
            "decided_by", "decided_at", "decision", "informed_on", "closed_at",
        ]  # fmt: skip
        read_only_fields = fields

    def get_why(self, review: ContractReview) -> list[str]:
        """Why it has its class, in the reader's words."""
        return say_why(review.why)


class ContractReviewSerializer(ContractReviewHeadSerializer):
    """A review with its parts; `checks` are those that stood at its decision."""

    answers = ReviewAnswerSerializer(many=True, read_only=True)
    signatures = ReviewSignatureSerializer(many=True, read_only=True)
    differences = ReviewDifferenceSerializer(many=True, read_only=True)
    conditions = ReviewConditionSerializer(many=True, read_only=True)
    checks = serializers.SerializerMethodField()

    class Meta(ContractReviewHeadSerializer.Meta):
        fields = [*ContractReviewHeadSerializer.Meta.fields, "answers", "signatures", "differences", "conditions", "checks"]
        read_only_fields = fields

    def get_checks(self, review: ContractReview) -> list[str]:
        """What the checks had found, in the reader's words."""
        return [text for _level, text in told(review.checked)]


class GiveAnswerSerializer(StrictSerializer):
    """An answer: a no has its comment, and how it was resolved once it is."""

    question = serializers.IntegerField(min_value=1, max_value=2**62)
    answer = serializers.ChoiceField(choices=ReviewAnswer.Answer.choices)
    comment = serializers.CharField(max_length=1000, required=False, allow_blank=True)
    resolution = serializers.CharField(max_length=1000, required=False, allow_blank=True)
    evidence = serializers.CharField(max_length=200, required=False, allow_blank=True)


class ReviewAnswersSerializer(VerbSerializer):
    """The answers of one's function."""

    answers = GiveAnswerSerializer(many=True, max_length=200, min_length=1)  # type: ignore[call-arg]


class SignReviewSerializer(VerbSerializer):
    """For which function; without one it is the one that is missing and that the person speaks for."""

    function = serializers.ChoiceField(choices=FUNCTION_CHOICES, required=False)
    comment = serializers.CharField(max_length=1000, required=False, allow_blank=True)


class DecideDifferenceSerializer(VerbSerializer):
    """Which difference, what is decided, and why."""

    difference = serializers.IntegerField(min_value=1, max_value=2**62)
    decision = serializers.ChoiceField(choices=ReviewDifference.Decision.choices)
    reason = serializers.CharField(max_length=1000)
    effect = serializers.DecimalField(**AMOUNT)


class SettleDifferenceSerializer(VerbSerializer):
    """Which difference, and the customer's answer; `corrected` puts the order right."""

    difference = serializers.IntegerField(min_value=1, max_value=2**62)
    evidence = serializers.CharField(max_length=200)
    corrected = serializers.BooleanField(required=False)


class ReviewClassSerializer(VerbSerializer):
    """Another class, and why."""

    klass = serializers.ChoiceField(choices=ReviewClass.choices)
    reason = serializers.CharField(max_length=400)


class GiveConditionSerializer(StrictSerializer):
    """A condition with its owner and day."""

    text = serializers.CharField(max_length=400)
    owner = ScopedPrimaryKeyField(queryset=User.objects.all())
    due_on = SensibleDateField()


class DecideReviewSerializer(VerbSerializer):
    """The result, with conditions where it has any, and when the customer was told."""

    result = serializers.ChoiceField(choices=ContractReview.Result.choices)
    conditions = GiveConditionSerializer(many=True, required=False, max_length=20)  # type: ignore[call-arg]
    informed_on = SensibleDateField(required=False, allow_null=True)


class CloseReviewSerializer(VerbSerializer):
    """When the customer was told."""

    informed_on = SensibleDateField()


class ContractReviewViewSet(SampleVerb, RecordViewSet):
    """Contract reviews of orders and offers. They come about when an order is registered or an offer is given to review."""

    queryset = ContractReview.objects.prefetch_related(
        Prefetch("answers", ReviewAnswer.objects.select_related("question")), "signatures", "differences", "conditions"
    )
    serializer_class = ContractReviewSerializer
    sampled = CLOSED
    filterset_class = ContractReviewFilter
    ordering_fields = {
        "id": "id", "opened_at": "opened_at", "due_at": "due_at", "updated_at": "updated_at",
    }  # fmt: skip
    answer = verb_action("orders.answer_review", ReviewAnswersSerializer)
    sign = verb_action("orders.sign_review", SignReviewSerializer)
    decide_difference = verb_action("orders.decide_difference", DecideDifferenceSerializer)
    settle_difference = verb_action("orders.settle_difference", SettleDifferenceSerializer)
    raise_class = verb_action("orders.raise_review_class", ReviewClassSerializer)
    lower_class = verb_action("orders.lower_review_class", ReviewClassSerializer)
    ask_customer = verb_action("orders.ask_customer_about_review")
    resume = verb_action("orders.resume_review")
    compare = verb_action("orders.compare_review")
    decide = verb_action("orders.decide_review", DecideReviewSerializer)
    close = verb_action("orders.close_review", CloseReviewSerializer)
    confirm_clean = verb_action("orders.pass_review")
    print = print_action("orders.review", "Print the record of the review")


class ReviewQuestionSerializer(PartSerializer):
    """A question: who answers it, for which classes, and its words."""

    classes = serializers.ListField(child=serializers.ChoiceField(choices=ReviewClass.choices), min_length=1, max_length=3)

    class Meta:
        model = ReviewQuestion
        fields = ["id", "code", "section", "function", "classes", "statutory", "text_it", "text_en", "text_de"]


class ReviewChecklistSerializer(RecordSerializer):
    """An edition of the checklist; to publish the next one, give all of its questions and say what changed (`reason`)."""

    questions = ReviewQuestionSerializer(many=True, max_length=200)  # type: ignore[call-arg]

    class Meta:
        model = ReviewChecklist
        fields = [*IDENTITY, "edition", "published_at", "published_by", "why", "questions"]
        read_only_fields = ["edition", "published_at", "published_by", "why"]


class ReviewChecklistViewSet(RecordViewSet):
    """Editions of the review checklist. A review keeps the edition that it was opened with."""

    queryset = ReviewChecklist.objects.all()
    serializer_class = ReviewChecklistSerializer
    filterset_class = ReviewChecklistFilter
    ordering_fields = {"id": "id", "edition": "edition", "updated_at": "updated_at"}
    create_action = publish_checklist
