"""The page lemma_6_3_indicator_to_function."""
