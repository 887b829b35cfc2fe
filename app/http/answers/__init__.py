"""How answers are shaped: problems, files, ranges, validators."""
