"""Nothing but if, for and concatenation."""

import decimal
import keyword
import math


def typed_fields(fields):
    result = {}
    for name, text in fields.items():
        text = text.strip()
        if text == "" or text == "-":
            result[name] = None
        elif name == "cpus":
            try:
                result[name] = int(text)
            except ValueError:
                raise ValueError("bad cpus: " + text) from None
        elif name == "load":
            try:
                number = float(text)
            except ValueError:
                raise ValueError("bad load: " + text) from None
            if number != number or number in (math.inf, -math.inf):
                raise ValueError("bad load: " + text)
            result[name] = number
        elif name == "healthy":
            if text.upper() == "TRUE":
                result[name] = True
            elif text.upper() == "FALSE":
                result[name] = False
            else:
                raise ValueError("bad healthy: " + text)
        else:
            result[name] = text
    return result


def is_number(value):
    return type(value) in (int, float)


def log_summary(path, milliseconds, is_error):
    if not is_number(milliseconds):
        raise TypeError("milliseconds is not a number")
    if milliseconds != milliseconds or milliseconds < 0 or milliseconds == math.inf:
        raise ValueError("milliseconds cannot be " + str(milliseconds))
    if is_error is True:
        word = "ERROR"
    elif is_error is False:
        word = "ok"
    else:
        raise TypeError("is_error is not a bool")
    if path is None:
        path = "-"
    return path + " " + "%.1f" % milliseconds + " ms " + word


def rebinding_trace(start):
    if type(start) != int:
        raise TypeError("not an int")
    name = start
    first = (name, "int")
    name = str(name)
    second = (name, "str")
    name = not start == 0
    third = (name, "bool")
    return [first, second, third]


def name_problem(name):
    if type(name) is not str:
        raise TypeError("not a str")
    if len(name) == 0:
        return "is empty"
    if name in keyword.kwlist:
        return "is a keyword"
    if name[0].isdigit():
        return "begins with a digit"
    for character in name:
        if not (character == "_" or character.isalnum() or ("x" + character).isidentifier()):
            return "must not contain " + repr(character)
    return None


def invoice_total(prices):
    cents = decimal.Decimal(0)
    for price in prices:
        if type(price) is not str:
            raise TypeError("not a str: " + repr(price))
        try:
            value = decimal.Decimal(price) * 100
        except decimal.InvalidOperation:
            raise ValueError("not a price: " + repr(price)) from None
        if not value.is_finite():
            raise ValueError("not a price: " + repr(price))
        cents = cents + value
    whole = cents.to_integral_value(rounding=decimal.ROUND_HALF_UP)
    return whole.scaleb(-2)


def resource_report(host, uptime, cpu, healthy):
    if host is not None and type(host) is not str:
        raise TypeError("host is not a str")
    if host is not None and host.isspace() or host == "":
        raise ValueError("host is blank")
    if uptime is not None and type(uptime) is not int:
        raise TypeError("uptime is not an int")
    if uptime is not None and uptime < 0:
        raise ValueError("uptime is negative")
    if cpu is not None and not is_number(cpu):
        raise TypeError("cpu is not a number")
    if cpu is not None and not (cpu >= 0 and cpu <= 100):
        raise ValueError("cpu is not a percentage")
    if healthy not in (None, True, False) or is_number(healthy):
        raise TypeError("healthy is not a bool")
    values = []
    width = 0
    for value in (host, uptime, cpu, healthy):
        text = "unknown" if value is None else str(value)
        values.append((text, type(value).__name__))
        if len(text) > width:
            width = len(text)
    text = ""
    for name, (value, kind) in zip(("host     ", "uptime   ", "cpu      ", "healthy  "), values):
        if text != "":
            text = text + "\n"
        text = text + name + value + " " * (width - len(value)) + "  " + kind
    return text
