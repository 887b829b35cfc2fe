"""What is minimized: statistics of feature maps, distances, their targets."""
