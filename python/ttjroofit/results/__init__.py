"""One frozen dataclass a physics question, to and from JSON."""
