"""Task 4: what Python said about each of the three broken programs, before you repaired it.

The first value is the name of the error class, as the last line of Python's message begins with it. The
second is the number of the line that the message points to (the last one, when it names several).
"""

GREET_HOST = ("", 0)
DISK_ALARM = ("", 0)
SHOW_UPTIME = ("", 0)
