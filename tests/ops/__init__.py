"""The samples for operators: tried against the code that they are for."""
