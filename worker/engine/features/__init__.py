"""Feature maps of a frozen network: which one, from what weights, computed how."""
