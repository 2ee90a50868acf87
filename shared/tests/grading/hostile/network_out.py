"""Calls the documentation network, a name, and a port of the harness by all names that this machine has."""
# expect: failed
# blocked: 192.0.2.1

import socket

for _address in (("192.0.2.1", 80), ("198.51.100.7", 443), ("grader.example", 25)):
    try:
        socket.create_connection(_address, timeout=0.2).close()
    except OSError:
        pass
for _host in ("127.0.0.1", "localhost", "0.0.0.0", socket.gethostname()):
    try:
        socket.create_connection((_host, int("@PORT@")), timeout=0.2).close()
    except OSError:
        pass


def mark(figures):
    return figures


def total(figures):
    return 0
