"""KAM: the settings, the roof and the floor of the house."""
