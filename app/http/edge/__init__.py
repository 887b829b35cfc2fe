"""Around every request: limits, its id, its log line, the socket."""
