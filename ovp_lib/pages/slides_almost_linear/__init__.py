"""Key observation 1: almost linear."""
