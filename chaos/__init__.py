"""The fault harness: breaks processes, networks, upstreams and clocks around a real console."""
