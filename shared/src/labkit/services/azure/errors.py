"""Errors of Resource Manager ("Common Azure Resource Manager errors")."""

from __future__ import annotations

from labkit.services.base import Problem


def error(status: int, code: str, message: str) -> Problem:
    """Return an error answer."""
    return Problem(status, {"error": {"code": code, "message": message}})


def machine_not_found(group: str, name: str) -> Problem:
    """404 for a virtual machine."""
    return error(
        404,
        "ResourceNotFound",
        f"The Resource 'Microsoft.Compute/virtualMachines/{name}' under resource group '{group}' was not "
        "found. For more details please go to https://aka.ms/ARMResourceNotFoundFix",
    )


def group_not_found(group: str) -> Problem:
    """404 for a resource group."""
    return error(404, "ResourceGroupNotFound", f"Resource group '{group}' could not be found.")


def unauthorized(code: str, message: str) -> Problem:
    """401 with the challenge that the SDK looks for."""
    problem = error(401, code, message)
    problem.headers["WWW-Authenticate"] = (
        'Bearer authorization_uri="https://login.microsoftonline.com/common", error="invalid_token", '
        f'error_description="{message}"'
    )
    return problem
