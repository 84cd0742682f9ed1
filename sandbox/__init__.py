"""Both upstreams, Dxtra and DPaaS, as real HTTP servers on loopback.

For the demo and the tests; never part of a production install. Response shapes follow the vendors'
first-call guides and recorded responses of Nhost Auth. Start both with ``python -m sandbox``;
README.md lists the admin API and the faults.
"""
