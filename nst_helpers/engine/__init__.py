"""The engine (lessons 1 to 4): VGG19, the losses, and the one loop that lowers them."""
