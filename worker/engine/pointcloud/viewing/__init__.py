"""What cameras see of a cloud: placed by its shape, a sparse matrix each."""
