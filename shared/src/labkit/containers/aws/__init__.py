"""The container form of the aws fixture: moto's server in a container, without what goes beyond moto."""
