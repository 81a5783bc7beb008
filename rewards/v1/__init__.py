"""Messages and stubs of the wire contract, generated from `proto/` by `make proto`; not edited by hand."""
