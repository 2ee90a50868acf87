"""A simulated GitLab: the REST API v4 as far as python-gitlab and plain HTTP clients need it.

Source: "REST API resources" and "Rate limits" (docs.gitlab.com/api).
"""

from labkit.services.gitlab.service import GitLab

__all__ = ["GitLab"]
