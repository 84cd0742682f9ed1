"""`make demo`: the console with two teammates, against the sandbox upstreams, on one machine."""
