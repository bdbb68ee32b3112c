"""Ground truth: each op's definition in torch, under jaxchan's name at the same stem."""
