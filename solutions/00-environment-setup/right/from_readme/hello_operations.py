print("Hello, operations!")
