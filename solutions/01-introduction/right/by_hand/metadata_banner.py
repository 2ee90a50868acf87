def wrapped(text, room):
    lines = []
    line = ""
    for word in text.split():
        while len(word) > room:
            if line:
                lines.append(line)
                line = ""
            lines.append(word[:room])
            word = word[room:]
        if not line:
            line = word
        elif word and len(line) + 1 + len(word) <= room:
            line += " " + word
        elif word:
            lines.append(line)
            line = word
    if line or not lines:
        lines.append(line)
    return lines


def banner(name, role, motto, width=44):
    if width < 20:
        raise ValueError("not wide enough: " + str(width))
    room = width - 11
    result = "+" + "-" * (width - 2) + "+\n"
    for label, text in [("Name:  ", name), ("Role:  ", role), ("Motto: ", motto)]:
        for line in wrapped(text, room):
            result += "| " + label + line + " " * (room - len(line)) + " |\n"
            label = " " * 7
    return result + "+" + "-" * (width - 2) + "+"
