"""When somebody may be expected at a door: an hour and a half around the planned moment, never to the minute."""

from datetime import datetime, timedelta

# Doors take longer than planned more often than shorter: later is likelier than earlier.
BEFORE, AFTER = timedelta(minutes=30), timedelta(minutes=60)
STEP = timedelta(minutes=15)


def arrival_window(planned: datetime) -> tuple[datetime, datetime]:
    """The window that is told for a planned moment, both ends on a quarter of an hour."""
    return _floor(planned - BEFORE), _floor(planned + AFTER + STEP - timedelta(microseconds=1))


def _floor(moment: datetime) -> datetime:
    return moment - (moment - moment.replace(minute=0, second=0, microsecond=0)) % STEP
