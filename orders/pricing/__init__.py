"""THE price engine: which price holds for a plant, a product, a quantity and a day, and why; many questions at once.

It reads, decides and computes; it writes nothing and knows no reader. Imports run one way: questions, finding, following, computing and costing, deciding.
"""

from orders.pricing.costing import Sale, margins_of
from orders.pricing.deciding import price_all
from orders.pricing.questions import Candidate, Costed, Priced, Question, Step

__all__ = ["Candidate", "Costed", "Priced", "Question", "Sale", "Step", "margins_of", "price_all"]
