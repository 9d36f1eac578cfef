"""The rules of the house as values and pure functions: no database, no network, no clock of their own."""
