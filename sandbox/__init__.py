"""Both upstreams, Dxtra and DPaaS, as real HTTP servers on loopback.

For the demo, the tests and the curious; never part of a production install.
Shapes follow the vendors' first-call guides and the recorded answers of Nhost Auth.
Start both with ``python -m sandbox``; see README.md for the faults that can be asked for.
"""
