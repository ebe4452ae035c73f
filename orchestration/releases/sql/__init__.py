"""SQL on a release: the prompt and the examples of `entrepot sql`, and the formats of its results."""
