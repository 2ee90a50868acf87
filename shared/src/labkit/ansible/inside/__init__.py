"""What runs as a throwaway host: standard library alone, started with ``python -I -S``."""
