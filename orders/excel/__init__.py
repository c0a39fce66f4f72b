"""What of prices, negotiations, orders and the ledger is read from and written to sheets: columns and kinds of import."""

from orders.excel.agreements import PriceAgreements
from orders.excel.deliveries import Deliveries
from orders.excel.indices import IndexValues
from orders.excel.negotiations import Negotiations
from orders.excel.open_items import OpenItems
from orders.excel.open_orders import OpenOrders
from orders.excel.orders import Orders
from orders.excel.sales import Sales

__all__ = ["Deliveries", "IndexValues", "Negotiations", "OpenItems", "OpenOrders", "Orders", "PriceAgreements", "Sales"]
