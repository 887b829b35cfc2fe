"""The kind `pointcloud`: a file and paintings become the engine's cloud, and back."""
