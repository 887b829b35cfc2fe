"""The page that people use: static files, and the two paths that serve them."""
