"""`python -m web` is the command `tannha`."""

from web.command import main

main()
