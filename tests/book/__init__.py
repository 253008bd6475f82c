"""The rendered book, as a browser sees it."""
