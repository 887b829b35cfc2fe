"""HTTP as such: ids, limits on bodies, headers, answers. It knows no feature."""
