"""A real SSH server in one background thread, in front of simulated machines and devices.

``service`` is one listening address; ``loop`` the thread they all share; ``connections`` counts;
``session`` runs commands and shells; ``sftp`` serves files; ``banner`` and ``stages`` hold the faults.
"""
