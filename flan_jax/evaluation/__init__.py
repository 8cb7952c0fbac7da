"""Evaluation: scoring and decoding, SeqIO's metrics, the paper's protocol, results."""
