"""Networks: each turns an image into feature maps by layer name."""
