"""What is wrong with a backup, or with the place for one; the texts are for whoever stands before the machine."""

from delivery.errors import BadInput, NotNow


class BadBackup(BadInput):
    """The file is no backup of ours, was damaged or cut short, or does not hold what its own list says."""


class WrongKey(BadInput):
    """The passphrase or the key does not open this backup."""


class NotEmpty(NotNow):
    """Something is there already which putting back would overwrite."""


class ToolMissing(NotNow):
    """A program of PostgreSQL that is needed is not on this machine, or has failed."""
