"""Task 1: a program that writes one line, exactly: Hello, operations!"""

name = input("Your name? ")
print("Hello, operations!")
