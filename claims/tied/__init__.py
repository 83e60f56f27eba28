"""Weight-tied autoencoders: random weights already do what training should do."""
