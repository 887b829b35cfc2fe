"""Photographs of places that do not exist: small scenes, sphere-traced in numpy."""
