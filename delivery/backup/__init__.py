"""Backups: the books and the files that belong to them in one sealed file, tried before anybody relies on it."""
