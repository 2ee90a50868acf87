"""The loops of kube-controller-manager, as far as programs against the API notice them."""
