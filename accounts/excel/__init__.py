"""What of accounts is read from and written to sheets: columns and kinds of import; nothing is opened or written here."""

from accounts.excel.assignments import Assignments
from accounts.excel.contacts import Contacts
from accounts.excel.customers import Customers
from accounts.excel.groups import Groups
from accounts.excel.organisation import Locations, Markets
from accounts.excel.people import People
from accounts.excel.plants import Plants

__all__ = ["Assignments", "Contacts", "Customers", "Groups", "Locations", "Markets", "People", "Plants"]
