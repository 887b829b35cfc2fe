"""The kind `video`: a clip from a clip and one to four paintings."""
