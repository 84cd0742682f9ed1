"""The fault harness: what breaks, on purpose, between the console, its processes and upstreams."""
