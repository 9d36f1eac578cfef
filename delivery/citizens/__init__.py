"""What whoever an envelope is for may see of it and say about it, without an account."""
