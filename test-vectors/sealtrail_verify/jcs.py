"""RFC 8785 canonical JSON (docs/formats.md, "Canonical JSON").

Two things differ from Python's own json module: numbers take ECMAScript's shortest form, and members
are ordered by their names' UTF-16 code units, not by code points.
"""

import re

SHORT = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}
ESCAPED = re.compile(r'["\\\x00-\x1f]')


def string(text):
    return '"' + ESCAPED.sub(lambda m: SHORT.get(m[0]) or "\\u%04x" % ord(m[0]), text) + '"'


def number(value):
    """ECMAScript's Number::toString: the shortest digits that read back as the same double."""
    if value == 0:
        return "0"
    if value < 0:
        return "-" + number(-value)
    mantissa, _, exponent = repr(float(value)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    # The value is 0.digits x 10^point.
    point = int(exponent or 0) + len(whole) - (len(whole + fraction) - len(digits))
    digits = digits.rstrip("0")
    count = len(digits)
    if count <= point <= 21:
        return digits + "0" * (point - count)
    if 0 < point <= 21:
        return digits[:point] + "." + digits[point:]
    if -6 < point <= 0:
        return "0." + "0" * -point + digits
    sign = "+" if point > 0 else "-"
    tail = "e%s%d" % (sign, abs(point - 1))
    return digits[0] + ("." + digits[1:] if count > 1 else "") + tail


def utf16_order(name):
    return name.encode("utf-16-be", "surrogatepass")


def canonical(value):
    """The canonical text of a JSON value as a str; encode it as UTF-8 to hash it."""
    if value is None:
        return "null"
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, str):
        return string(value)
    if isinstance(value, (int, float)):
        return number(value)
    if isinstance(value, list):
        return "[" + ",".join(canonical(item) for item in value) + "]"
    names = sorted(value, key=utf16_order)
    return "{" + ",".join(string(name) + ":" + canonical(value[name]) for name in names) + "}"


def octets(value):
    """The canonical bytes; ValueError where half a surrogate pair leaves a value without any."""
    return canonical(value).encode("utf-8")
