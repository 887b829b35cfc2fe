"""Networks that see: each turns an image into feature maps by layer name."""
