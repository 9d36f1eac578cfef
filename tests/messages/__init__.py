"""Messages to citizens, sent to real servers on this machine that have bad habits."""
