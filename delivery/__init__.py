"""The service: a certificate's way from the ward's counter to the right person's hands.

A *result* is a completed certificate. The *item* is the sealed envelope it travels in. Items that one office
dispatches together are a *batch*; the optimiser turns batches into a *plan* of *routes* and *stops*. A *consignment*
is one sending of an item through a *carrier*; what happens to it arrives as *tracking events* and is folded into the
item's state. Whatever the machine must not decide alone becomes a *case* for a person.
"""
