"""Ground truth: for each op of jaxchan its torch definition, under the same name at the same stem."""
