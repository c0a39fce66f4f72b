"""The floor's models in one place, where Django looks for them; each lives in the file of its subject."""
