"""Jobs: submit one, look at it, fetch its picture, cancel it."""
