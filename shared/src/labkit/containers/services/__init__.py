"""The container form of the simulated HTTP services: the same programs, arranged from outside.

There is no real thing to put in their place. What this form shows is that a lab's code needs nothing of the
test's own process: not its memory, not its clock, not its file system.
"""
