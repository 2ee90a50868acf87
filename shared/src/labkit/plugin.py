"""The pytest plugin of labkit."""
