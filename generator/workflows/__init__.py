"""What the program does for a user, one module a command, put together from the stages below."""
