"""Telemetry of the server: metrics, logs and traces, all attached through `server.observer`.

No text of policies or users appears in any of them, unless `--log-text` enables it in the log.
"""
