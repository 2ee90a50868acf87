"""The container form of the browser fixture: Chromium in a container, which reaches servers on this machine's
loopback through connections that this side opens.
"""
