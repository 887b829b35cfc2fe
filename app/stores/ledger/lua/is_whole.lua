-- Returns 1 if nothing is missing, else 0.
return is_whole() and 1 or 0
