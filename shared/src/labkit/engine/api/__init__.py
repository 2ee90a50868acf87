"""The Engine API, a module per part of it: each has a table of routes."""
