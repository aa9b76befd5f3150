"""Beyond the paper (lesson 6): colours, masks, and other summaries of style than the Gram matrix."""
