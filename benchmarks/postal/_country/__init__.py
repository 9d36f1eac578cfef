"""The made-up country, its day stage by stage, and what each stage took."""
