"""Figures of the postal side: how fast, how soon, and nothing lost while broker, worker or carrier is away."""
