"""Task 1: a program that writes one line, exactly: Hello, operations!"""

import sys

print("Hello, operations!", file=sys.stderr)
