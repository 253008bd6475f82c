"""The page lemma_6_4_information_out_of_randomness."""
