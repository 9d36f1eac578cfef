"""Notices to the one-stop system: noted with the fact itself, numbered, signed, and sent until they arrive."""
