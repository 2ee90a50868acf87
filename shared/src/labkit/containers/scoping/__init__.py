"""A Docker Engine with only one's own things in it: a proxy in front of the real one.

Everything made through it gets the labels of its scope; what does not is hidden from its clients.
Requests are allowed one by one (:mod:`labkit.containers.scoping.proxy`). Bodies are written anew from the
fields known to be harmless (:mod:`labkit.containers.scoping.bodies`), since the engine's JSON decoder takes
names of fields in any case.
"""
