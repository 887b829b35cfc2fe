"""The kind video, through the rooms that know no kind and through its own."""
