"""A primer after three teaching texts: small networks on single tasks."""
