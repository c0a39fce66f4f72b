"""ROOF: the demonstration company, made by calling actions at moments of its own; a module an application."""
