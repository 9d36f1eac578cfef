from benchmarks.addresses.report import Section


def measure(shared, quick):
    return Section()
