"""Task 1: a program that writes one line, exactly: Hello, operations!

Run it with `python hello_operations.py`. Replace the line below.
"""

raise NotImplementedError("task 1")
