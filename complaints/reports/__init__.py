"""What is read of complaints and repairs: what is alike, whom to call, what is due when, the history of a serial number."""

from complaints.reports.complaints import alerts_of, find, likely_same, proof_of, whom_to_call
from complaints.reports.notice import notice_of
from complaints.reports.repairs import pieces_using
from complaints.reports.serials import history_of, serial_history
from complaints.reports.steps import steps_of

__all__ = [
    "alerts_of", "find", "history_of", "likely_same", "notice_of", "pieces_using", "proof_of", "serial_history", "steps_of", "whom_to_call",
]  # fmt: skip
