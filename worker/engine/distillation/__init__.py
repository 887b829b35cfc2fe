"""Light networks that learn a teacher's feature maps, to be used in its place."""
