"""SQL on a release: the prompt and the examples of `entrepot sql`, and the forms in which it gives results."""
