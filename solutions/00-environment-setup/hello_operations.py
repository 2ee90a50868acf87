"""Task 1: a program that writes one line, exactly: Hello, operations!"""

print("Hello, operations!")
