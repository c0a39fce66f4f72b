"""What is true about complaints: what a customer complained about, the confirmations that it came, and who is on call."""

from complaints.models.complaints import Complaint
from complaints.models.on_call import OnCall
from complaints.models.receipts import ComplaintReceipt

__all__ = ["Complaint", "ComplaintReceipt", "OnCall"]
