"""All of the interface: importing this declares every operation."""

from delivery.errors import DeliveryError, NotFound
from web.api import batches, changes, delivery_requests, description, results, statistics, tokens
from web.api.operations import pages
from web.api.problems import Problem, not_there, problem_of, told

__all__ = ["batches", "changes", "delivery_requests", "description", "pages", "results", "statistics", "tokens"]

pages.register_error_handler(Problem, told)
pages.register_error_handler(NotFound, not_there)
pages.register_error_handler(DeliveryError, problem_of)
