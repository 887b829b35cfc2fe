"""One job from its claim to its commit; knows no queue, no torch."""
