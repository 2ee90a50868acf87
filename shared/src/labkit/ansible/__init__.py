"""Hosts for Ansible, and the environment of a controller that knows them alone.

Ansible itself is a program beside this package: ``ansible-playbook`` is started, nothing of it is imported.
The one file that Ansible loads is the connection plugin in ``plugins/connection``.
"""
