"""The page lemma_6_5_coupling."""
