"""What a server tells of itself: metrics, logs and traces, all through the seam of `server.observer`.

Nothing that a policy or a user wrote appears in any of them, unless `--log-text` asks for it in the log.
"""
