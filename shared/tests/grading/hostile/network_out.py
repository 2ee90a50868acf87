"""Calls the documentation network, a name, and every port that this machine listens on."""
# expect: failed
# blocked: 192.0.2.1

import socket

for _address in (("192.0.2.1", 80), ("198.51.100.7", 443), ("grader.example", 25)):
    try:
        socket.create_connection(_address, timeout=0.2).close()
    except OSError:
        pass
for _table in ("/proc/net/tcp", "/proc/1/net/tcp"):
    try:
        with open(_table) as _file:
            for _line in list(_file)[1:200]:
                _words = _line.split()
                if _words[3] == "0A":
                    with socket.socket() as _socket:
                        _socket.settimeout(0.2)
                        _socket.connect_ex(("127.0.0.1", int(_words[1].rpartition(":")[2], 16)))
    except OSError:
        pass


def mark(figures):
    return figures


def total(figures):
    return 0
