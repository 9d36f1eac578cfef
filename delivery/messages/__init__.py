"""Messages to citizens: what to tell them is written down with the fact itself, and sent by a job of its own."""
