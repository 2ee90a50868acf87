"""A simulated Azure Resource Manager with virtual machines, as far as azure-mgmt-compute needs it.

Source: "Azure REST API reference" (learn.microsoft.com/rest/api/compute) and "Track asynchronous
Azure operations" (learn.microsoft.com/azure/azure-resource-manager/management/async-operations).
"""

from labkit.services.azure.service import Azure

__all__ = ["Azure"]
