"""Simulated services on one HTTP base: a folder each, state apart from wire, loaded when it is asked for.

Every service is a :class:`labkit.services.base.Service`: a context manager with ``url``, ``variables()``,
``faults``, ``requests``, ``clock``, ``before``, ``respond`` and ``reset``.
"""
