"""Speed against torch, torch.compile and plain jax.numpy: `python -m bench [op ...]`."""
