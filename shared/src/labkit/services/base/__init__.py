"""What all simulated services have in common."""

from labkit.services.base.answers import Problem, json_answer, text_answer
from labkit.services.base.call import Call
from labkit.services.base.requests import RequestLog, ServiceRequest
from labkit.services.base.routing import Routes
from labkit.services.base.service import Service

__all__ = [
    "Call",
    "Problem",
    "RequestLog",
    "Routes",
    "Service",
    "ServiceRequest",
    "json_answer",
    "text_answer",
]
