"""The container forms of fixtures: real programs in containers, which a broker outside of the guard starts.

The test process speaks to the broker (:mod:`labkit.containers.client`) and learns host and port; it never
sees the engine. What a run has made is known by its labels (:mod:`labkit.containers.labels`) and goes with
the run. Importing this package costs nothing.
"""
