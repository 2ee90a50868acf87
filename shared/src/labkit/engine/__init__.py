"""A Docker Engine in this process: the Engine API 1.41 over simulated containers.

The unmodified docker SDK, testcontainers and the docker command talk to it. Lowest first: problems, times,
names, references, filters (words); timeline (what happens when); programs, processes, shell (what containers
run); layers, images, networks, volumes, ports, events (what there is); containers and lifecycle; dockerfile
and builder; the ``api`` folder (one module per part of the API), app and server. No container ever runs a
real program or sees a real file.

Start with :class:`labkit.engine.server.DockerEngine`.
"""
