# Tells for how long a machine has been up. It should print: up for 12 days and 6 hours


def sentence(hours):
    days, rest = divmod(hours, 24)
    return "up for " + str(days) + " days and " + str(rest) + " hours"


if __name__ == "__main__":
    print(sentence(294))
