"""The optimization of pictures, from the coarsest scale to the finest."""
