"""What a client can ask for, theme by theme; each is a flow that a runner runs."""
