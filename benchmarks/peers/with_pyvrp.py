"""PyVRP with its own settings, on the same whole numbers: the routes, ways and windows of this project's engine."""

from benchmarks.peers import Orders, Tell
from routing import Problem, Progress
from routing.ground import Ground
from routing.pyvrp_engine import search_with_pyvrp


def solve(problem: Problem, seconds: float, seed: int, tell: Tell) -> Orders:
    def hear(progress: Progress) -> None:
        if progress.cost is not None:
            tell(progress.cost)

    answer = search_with_pyvrp(Ground(problem), seconds, seed, hear, lambda: False)
    stops = [stop.id for stop in problem.stops]
    return {
        courier.id: [stops[row] for row in order]
        for courier, order in zip(problem.couriers, answer.orders, strict=True)
    }
