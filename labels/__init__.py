"""Papers: plain data in, PDF out. Labels, slips, manifests and route sheets, each readable by people and scan guns.

Each paper is imported from where it is, so that whoever needs one begins at once: start at `model` for what is said on
them; `label`, `slip`, `manifest` and `route_sheet` draw what a delivery needs, `insert`, `appointment` and `closing`
what the counter gives out and signs; `zpl`, `printer` and `calibration` are for label printers, and `errors` is what
can go wrong.
"""
