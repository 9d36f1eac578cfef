"""The service on a fresh database of each kind."""

from tests.delivery.conftest import service

__all__ = ["service"]
