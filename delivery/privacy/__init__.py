"""Duties towards the persons behind the data: terms and erasing, their requests, leaks, the chained audit book."""
