"""The interface for other machines, `/api/v1`: one module for each kind of thing, and what all of them share."""
