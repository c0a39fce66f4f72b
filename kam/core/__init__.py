"""The floor: what every application needs and no word of the business; one subject a file."""
