"""Attacks on the running house, as strangers and insiders would try them."""
