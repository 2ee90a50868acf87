"""What the container forms of fixtures have in common: they say what they lack, and never pretend."""

from __future__ import annotations

from typing import Any, ClassVar, NoReturn

from labkit.errors import EnvironmentMissing


def lacking(name: str, form: str = "hosts in containers have") -> NoReturn:
    """Say that the container form has no such thing.

    Args:
        name: what was asked for.
        form: who lacks it, with its verb.

    Raises:
        EnvironmentMissing: always; a test that needs it gets the verdict ``environment``.
    """
    raise EnvironmentMissing(
        "container",
        f"{form} no {name}: nobody can ask a real one for it",
        "leave out BACKEND (--backend): the embedded form has it",
    )


class ContainerForm:
    """The base of a container form.

    A public name that the class does not have is lacking, whether a test reads it or sets it: a setting that
    is taken and does nothing would have the test judge something else.
    """

    #: Who lacks something, with its verb.
    named: ClassVar[str]

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("_"):
            raise AttributeError(name)
        lacking(name, self.named)

    def __setattr__(self, name: str, value: Any) -> None:
        if not name.startswith("_") and not any(
            name in vars(part).get("__annotations__", ()) for part in type(self).__mro__
        ):
            lacking(name, self.named)
        super().__setattr__(name, value)
