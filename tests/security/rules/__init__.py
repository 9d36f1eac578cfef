"""What our code never does, found by reading it: `python -m tests.security.rules`, a part of `make lint`."""
