"""Cisco IOS on a Catalyst switch: wording, tables and configuration as version 15.2 writes them."""
