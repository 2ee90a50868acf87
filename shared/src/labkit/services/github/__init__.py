"""A simulated GitHub: the REST API as far as PyGithub and plain HTTP clients need it.

Source: "GitHub REST API documentation", version 2022-11-28 (docs.github.com/rest).
"""

from labkit.services.github.service import GitHub

__all__ = ["GitHub"]
