"""The laboratory: runs notebooks, checks them, renders the book, keeps the score."""
