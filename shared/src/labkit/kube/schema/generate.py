"""Write ``types.json`` anew from the models of the official client.

Run ``python -m labkit.kube.schema.generate`` when the server learns a new kind or follows a new release of
Kubernetes. Types are written as short words: ``s`` string, ``i`` integer, ``n`` number, ``b`` boolean, ``t``
time, ``m`` time with microseconds, ``q`` quantity, ``y`` base64, ``x`` anything, ``Name`` another type, and
``[`` or ``{`` before a word for a list or an object with free keys.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final

from labkit.kube.registry import Registry

_PLAIN: Final = {
    "str": "s",
    "int": "i",
    "float": "n",
    "bool": "b",
    "datetime": "t",
    "object": "x",
    "bytes": "y",
}
_QUANTITIES: Final = frozenset(
    {
        "allocatable",
        "allocatedResources",
        "capacity",
        "default",
        "defaultRequest",
        "divisor",
        "hard",
        "limits",
        "max",
        "maxLimitRequestRatio",
        "min",
        "overhead",
        "requests",
        "sizeLimit",
        "used",
    }
)
_IRREGULAR: Final = {
    ("", "Event"): "CoreV1Event",
    ("events.k8s.io", "Event"): "EventsV1Event",
    ("", "Endpoints"): "V1Endpoints",
}


def _word(model: str, name: str, text: str) -> str:
    found = re.fullmatch(r"List\[(.*)\]|Dict\[str, (.*)\]", text)
    if found:
        mark, inner = ("[", found[1]) if found[1] else ("{", found[2])
        return mark + _word(model, name, inner)
    if text == "str" and name in _QUANTITIES and "JSONSchema" not in model:
        return "q"
    if model == "V1LeaseSpec" and text == "datetime":
        return "m"
    if (model, name) in (("CoreV1Event", "eventTime"), ("EventsV1Event", "eventTime")):
        return "m"
    return _PLAIN.get(text, text)


def collect() -> dict[str, dict[str, str]]:
    """Return the fields of every type that a built-in kind can reach."""
    from kubernetes.client import models

    found: dict[str, dict[str, str]] = {}
    kinds: dict[str, str] = {}
    waiting: list[str] = []
    for resource in Registry():
        usual = resource.version.capitalize() + resource.kind
        name = _IRREGULAR.get((resource.group, resource.kind), usual)
        kinds[f"{resource.api_version}/{resource.kind}"] = name
        waiting.append(name)
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        model: Any = getattr(models, name)
        fields = {
            model.attribute_map[field]: _word(name, model.attribute_map[field], text)
            for field, text in model.openapi_types.items()
        }
        found[name] = fields
        waiting += [word.lstrip("[{") for word in fields.values() if len(word.lstrip("[{")) > 1]
    found[""] = kinds
    return found


def main() -> None:
    """Write the file beside this module."""
    text = json.dumps(collect(), separators=(",", ":"), sort_keys=True)
    text = text.replace("},", "},\n")
    Path(__file__).with_name("types.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
