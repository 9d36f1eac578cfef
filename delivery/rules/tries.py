"""Wrong tries at a secret: some are free, and each further one leads to a pause twice as long."""

from datetime import timedelta

FREE_TRIES = 5
# Without an end the doublings would soon be more days than there are; long before, it is the longest pause anyway.
MOST_DOUBLINGS = 10


def pause_after(wrong: int, first: timedelta, longest: timedelta) -> timedelta:
    """For how long nobody may try after so many wrong tries in a row."""
    if wrong < FREE_TRIES:
        return timedelta()
    return min(longest, first * (1 << min(wrong - FREE_TRIES, MOST_DOUBLINGS)))
