"""Factories: the rows that tests begin with, a module per application."""
