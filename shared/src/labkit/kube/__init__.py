"""An embedded Kubernetes API server: real requests and answers, no cluster.

Left out on purpose, and refused with a Status that says so:

* bodies in protobuf or CBOR (415) and answers in them (406): ``kubectl create`` with typed flags, such as
  ``kubectl create configmap``, sends protobuf; ``kubectl apply`` and ``kubectl create -f`` send JSON,
* OpenAPI documents (404): ``kubectl apply`` needs ``--validate=false``, ``kubectl explain`` does not work;
  only an index and the definitions with their merge keys are there,
* ``portforward``, ``attach``, ``proxy`` of pods, services and nodes, and token requests (404),
* admission webhooks, API aggregation and conversion webhooks: their kinds are not served (404),
* ``x-kubernetes-validations`` of custom resources (CEL rules): kept, not evaluated.

Nothing is imported here, so that ``labkit.kube`` costs nothing until one of its modules is used.
"""
