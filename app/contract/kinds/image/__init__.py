"""The kind `image`: a picture from a photograph and one to four paintings."""
