"""The kind `image`: the user's words and pictures become the engine's, and back."""
