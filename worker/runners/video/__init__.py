"""The kind `video`: frames out of a clip, through the engines, into a clip."""
