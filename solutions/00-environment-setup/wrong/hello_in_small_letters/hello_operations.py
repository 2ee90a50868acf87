"""Task 1: a program that writes one line, exactly: hello, Operations!"""

print("hello, Operations!")
