"""Evaluation: scoring and decoding, SeqIO's harness, the paper's protocol, reports."""
