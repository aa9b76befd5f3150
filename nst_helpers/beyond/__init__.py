"""Beyond the paper (lesson 6): colours, masks, other summaries of style than the Gram matrix."""
