"""How dates are written and read per language where Django's own choice would be ambiguous."""
