"""What is true about complaints: what a customer complained about, how it is answered and by when, and who is on call."""

from complaints.models.complaints import Complaint
from complaints.models.deadlines import CustomerDeadline, Step
from complaints.models.eight_d import Cause, ComplaintAction, Containment, ProblemFact, TeamMember
from complaints.models.letters import ComplaintLetter
from complaints.models.on_call import OnCall
from complaints.models.process import Acceptance, Depth
from complaints.models.repair_estimates import RepairEstimate, RepairEstimateLine
from complaints.models.repair_letters import RepairLetter
from complaints.models.repair_loaners import RepairLoaner
from complaints.models.repair_pieces import RepairPiece
from complaints.models.repair_visits import EstimateVisit
from complaints.models.repairs import Repair
from complaints.models.settlements import ComplaintCost, Settlement

__all__ = [
    "Acceptance",
    "Cause",
    "Complaint",
    "ComplaintAction",
    "ComplaintCost",
    "ComplaintLetter",
    "Containment",
    "CustomerDeadline",
    "Depth",
    "EstimateVisit",
    "OnCall",
    "ProblemFact",
    "Repair",
    "RepairEstimate",
    "RepairEstimateLine",
    "RepairLetter",
    "RepairLoaner",
    "RepairPiece",
    "Settlement",
    "Step",
    "TeamMember",
]
