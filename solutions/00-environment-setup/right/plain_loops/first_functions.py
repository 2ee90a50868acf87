"""Everything by hand: concatenation, while, single characters."""


def profile_card(name, role, machine, years):
    card = ""
    for label, value in [("Name:", name), ("Role:", role), ("Machine:", machine), ("Years:", str(years))]:
        if card:
            card += "\n"
        card += label.ljust(9) + value
    return card


def triangle(height):
    text = ""
    line = 1
    while line <= height:
        if line > 1:
            text = text + "\n"
        text = text + "*" * line
        line = line + 1
    return text


def parse_version(output):
    words = output.split()
    if len(words) < 2 or words[0] != "Python" or not output.startswith("Python "):
        raise ValueError("cannot read: " + output)
    rest = words[1]
    numbers = []
    for place in range(3):
        digits = ""
        while rest and rest[0] in "0123456789":
            digits += rest[0]
            rest = rest[1:]
        if digits == "":
            raise ValueError("cannot read: " + output)
        numbers.append(int(digits))
        if place < 2:
            if not rest.startswith("."):
                raise ValueError("cannot read: " + output)
            rest = rest[1:]
    if rest and not (rest[0].isalpha() or rest[0] == "+"):
        raise ValueError("cannot read: " + output)
    return numbers[0], numbers[1], numbers[2], rest
