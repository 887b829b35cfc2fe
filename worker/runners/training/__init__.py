"""The kind `training`: the user's words and painting become the engine's, and back."""
