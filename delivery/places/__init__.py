"""Vietnamese addresses: understood as people write them, old order or new, and placed without a network.

Start at `address` for reading one and at `locating` for placing it; `atlas` is what is known of streets and wards,
`wards` who is whose successor, `fixes` how exactly a point is known, and `text` how words are compared.
"""
