"""An embedded Kubernetes API server: real requests and answers, no cluster.

Nothing is imported here, so that ``labkit.kube`` costs nothing until one of its modules is used.
"""
