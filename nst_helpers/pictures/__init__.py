"""Pictures: files in, image tensors out and back. Knows nothing of networks."""
