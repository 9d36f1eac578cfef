"""How fast pages are when much lies in the books."""
