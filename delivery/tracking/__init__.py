"""What happens after the hand-over: facts from the carrier, folded into states, balanced at the end of the day."""
