"""How jobs, kinds, changes and the service itself are shown: the JSON of answers."""
