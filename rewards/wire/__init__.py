"""Conversion between the domain's types and the messages of `proto/rewards/v1`."""
