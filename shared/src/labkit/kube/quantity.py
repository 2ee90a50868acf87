"""Quantities of resources: ``100m``, ``64Mi``, ``1.5`` (k8s.io/apimachinery/pkg/api/resource)."""

from __future__ import annotations

import re
from typing import Final

#: Units in one: the smallest suffix is ``n``, so that whole numbers of these are exact.
UNIT: Final = 10**9
_FACTORS: Final = {
    "": UNIT,
    "n": 1,
    "u": 10**3,
    "m": 10**6,
    "k": UNIT * 10**3,
    "M": UNIT * 10**6,
    "G": UNIT * 10**9,
    "T": UNIT * 10**12,
    "P": UNIT * 10**15,
    "E": UNIT * 10**18,
    "Ki": UNIT * 2**10,
    "Mi": UNIT * 2**20,
    "Gi": UNIT * 2**30,
    "Ti": UNIT * 2**40,
    "Pi": UNIT * 2**50,
    "Ei": UNIT * 2**60,
}
_FORM: Final = re.compile(r"([+-]?)(\d+\.?\d*|\.\d+)(?:[eE]([+-]?\d+)|([numkMGTPE]|[KMGTPE]i)?)")


def quantity(value: str | int | float) -> int:
    """Return a quantity in units of 1/1,000,000,000, rounded up as the real server rounds it.

    Raises:
        ValueError: not a quantity.
    """
    found = _FORM.fullmatch(str(value).strip())
    if found is None:
        raise ValueError(f"{value!r} is not a quantity")
    sign, number, exponent, suffix = found.groups()
    whole, _, part = number.partition(".")
    power = int(exponent or 0) - len(part)
    scaled = int(f"{whole}{part}" or 0) * _FACTORS[suffix or ""]
    exact: int = scaled * 10**power if power >= 0 else -(-scaled // 10**-power)
    return -exact if sign == "-" else exact
