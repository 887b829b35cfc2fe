"""The longer commands of `impasto`, and what all of them share."""
