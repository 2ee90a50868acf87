"""The ``lab`` command: thin views on the rooms below."""
