"""The gRPC verification server. Started by `touchstone serve`; nothing else imports it."""
