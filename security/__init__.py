"""What looks at the project from outside: the audit of its dependencies."""
