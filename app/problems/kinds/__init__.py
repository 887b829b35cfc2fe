"""The problems, each with its status and its advice, by what they are about."""
