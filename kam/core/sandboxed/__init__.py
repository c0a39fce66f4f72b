"""Programs that run in a process of their own (kam.core.sandbox); they import nothing of KAM, and KAM imports none of them."""
