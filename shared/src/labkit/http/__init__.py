"""HTTP on loopback for simulated services: sockets on one side, a plain function of requests on the other.

:mod:`labkit.http.wire` has requests and answers, :mod:`labkit.http.messages` their bytes, and
:mod:`labkit.http.server` the sockets. Nothing here knows what is served.
"""
