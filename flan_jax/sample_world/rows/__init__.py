"""The rows of the sample world, one file for each family of datasets."""
