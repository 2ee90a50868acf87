"""Real Kubernetes clusters: one that the user names, or one that a run makes for itself (kind, k3s).

The broker holds the credentials and the connection. A test reaches a proxy on loopback that lets through what
concerns the run's own namespaces, and nothing else.
"""
