"""How OR-Tools' routing library searches.

As measured on Uchoa's, Solomon's and Gehring & Homberger's instances: insertion first, then iterated local search with
the ruins of Christiaens & Vanden Berghe, "Slack Induction by String Removals" (Transportation Science 2020), and few
but cheap local-search operators.
"""

from typing import NamedTuple

from ortools.constraint_solver import pywrapcp, routing_enums_pb2, routing_ils_pb2, routing_parameters_pb2
from ortools.util import optional_boolean_pb2

STRING_LENGTH, REMOVED, BYPASS = 10, 15.0, 0.01
COOLEST = 0.01

_OFF = (
    "use_relocate_pair", "use_light_relocate_pair", "use_exchange_pair", "use_relocate_subtrip", "use_exchange_subtrip",
    "use_make_chain_inactive", "use_swap_active_chain", "use_relocate_expensive_chain", "use_lin_kernighan",
    "use_tsp_opt", "use_path_lns", "use_full_path_lns", "use_tsp_lns", "use_inactive_lns",
    "use_global_cheapest_insertion_path_lns", "use_local_cheapest_insertion_path_lns",
    "use_global_cheapest_insertion_expensive_chain_lns", "use_local_cheapest_insertion_expensive_chain_lns",
    "use_global_cheapest_insertion_close_nodes_lns", "use_local_cheapest_insertion_close_nodes_lns",
)  # fmt: skip


class Heat(NamedTuple):
    """How much worse routes are looked at, at first and at last, in shares of what a stop costs on average."""

    first: float = 1.0
    last: float = COOLEST


COOLING = Heat()


def greedy(seconds: float) -> routing_parameters_pb2.RoutingSearchParameters:
    """Insertion, then downhill until nothing is better, for so long at most."""
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    parameters.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
    parameters.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GREEDY_DESCENT
    for name in _OFF:
        setattr(parameters.local_search_operators, name, optional_boolean_pb2.BOOL_FALSE)
    parameters.time_limit.FromMilliseconds(max(1, int(seconds * 1000)))
    return parameters


def thorough(seconds: float, mean_cost: float, heat: Heat) -> routing_parameters_pb2.RoutingSearchParameters:
    """Iterated local search, cooled from and to what `heat` says of the mean cost per stop."""
    parameters = greedy(seconds)
    parameters.use_iterated_local_search = True
    search = parameters.iterated_local_search_parameters
    search.perturbation_strategy = routing_ils_pb2.PerturbationStrategy.RUIN_AND_RECREATE
    search.improve_perturbed_solution = True
    ruin = search.ruin_recreate_parameters.ruin_strategies.add().sisr
    ruin.max_removed_sequence_size = STRING_LENGTH
    ruin.avg_num_removed_visits = int(REMOVED)
    ruin.bypass_factor = BYPASS
    search.ruin_recreate_parameters.route_selection_min_neighbors = 10
    search.ruin_recreate_parameters.route_selection_max_neighbors = 40
    recreate = search.ruin_recreate_parameters.recreate_strategy
    recreate.heuristic = routing_enums_pb2.FirstSolutionStrategy.LOCAL_CHEAPEST_INSERTION
    search.best_solution_acceptance_strategy.greedy_descent.SetInParent()
    cooling = search.reference_solution_acceptance_strategy.simulated_annealing
    cooling.cooling_schedule_strategy = routing_ils_pb2.CoolingScheduleStrategy.EXPONENTIAL
    cooling.initial_temperature = mean_cost * heat.first
    cooling.final_temperature = mean_cost * heat.last
    cooling.automatic_temperatures = False
    return parameters
