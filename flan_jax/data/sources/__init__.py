"""Where rows come from: TFDS, files, the Hugging Face hub; and which of them serve for what."""
