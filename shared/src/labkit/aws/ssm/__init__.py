"""Systems Manager's Run Command, on simulated machines."""
