"""The simulated kubelet: what a node does with the pods bound to it."""
