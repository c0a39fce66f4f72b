"""What is read of complaints: what is alike, whom to call, who was told what, what is due when, and whether the notice came in time."""

from complaints.reports.complaints import alerts_of, find, likely_same, proof_of, whom_to_call
from complaints.reports.notice import notice_of
from complaints.reports.steps import steps_of

__all__ = ["alerts_of", "find", "likely_same", "notice_of", "proof_of", "steps_of", "whom_to_call"]
