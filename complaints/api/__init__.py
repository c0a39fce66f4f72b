"""The endpoints of complaints, for the roof's table: address, viewset, name."""

from typing import Any

from complaints.api.complaints import ComplaintViewSet
from complaints.api.deadlines import CustomerDeadlineViewSet
from complaints.api.eight_d import CauseViewSet, ComplaintActionViewSet
from complaints.api.estimates import RepairEstimateViewSet
from complaints.api.on_call import OnCallViewSet
from complaints.api.process import ComplaintLetterViewSet
from complaints.api.repair_loaners import RepairLoanerViewSet
from complaints.api.repairs import RepairLetterViewSet, RepairPieceViewSet, RepairViewSet
from complaints.api.settlements import ComplaintCostViewSet, SettlementViewSet

ENDPOINTS: list[tuple[str, Any, str]] = [
    ("complaints", ComplaintViewSet, "complaint"),
    ("complaint-causes", CauseViewSet, "complaint_cause"),
    ("complaint-actions", ComplaintActionViewSet, "complaint_action"),
    ("complaint-settlements", SettlementViewSet, "complaint_settlement"),
    ("complaint-costs", ComplaintCostViewSet, "complaint_cost"),
    ("complaint-letters", ComplaintLetterViewSet, "complaint_letter"),
    ("complaint-deadlines", CustomerDeadlineViewSet, "complaint_deadline"),
    ("on-calls", OnCallViewSet, "on_call"),
    ("repairs", RepairViewSet, "repair"),
    ("repair-pieces", RepairPieceViewSet, "repair_piece"),
    ("repair-estimates", RepairEstimateViewSet, "repair_estimate"),
    ("repair-loaners", RepairLoanerViewSet, "repair_loaner"),
    ("repair-letters", RepairLetterViewSet, "repair_letter"),
]
