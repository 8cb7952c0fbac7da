"""Sources of rows: TFDS, files and the Hugging Face hub, and their slices."""
