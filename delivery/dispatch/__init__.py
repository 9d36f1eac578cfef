"""From due results to envelopes in the carrier's hands: batch, plan, print, submit, hand over."""
