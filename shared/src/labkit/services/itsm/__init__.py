"""A simulated IT service management system that speaks ServiceNow's Table API.

Source: "Table API" and "OAuth" of the ServiceNow REST API reference (docs.servicenow.com). Beside that it
takes an ``Idempotency-Key``, as many APIs do and ServiceNow does not.
"""

from labkit.services.itsm.service import Itsm

__all__ = ["Itsm"]
