"""Other machines that work with the service: who they are, what they may do, and what they are answered."""
