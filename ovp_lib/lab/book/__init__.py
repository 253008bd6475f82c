"""The book: what is generated, the directives, rendering."""
