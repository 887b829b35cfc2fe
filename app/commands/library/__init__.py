"""Commands on the library: styles, their networks, and how one is trained."""
