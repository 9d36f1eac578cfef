"""Which addresses this house may call when a person has typed where: the public network, and what a setting names.

A server that calls wherever it is told can be made to call what only it can reach (SSRF): the machine itself, its
neighbours, the cloud's metadata. So private addresses are refused in every disguise, unless whoever runs the machine
has named the host or its network.
"""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# Addresses of clouds that tell secrets to whoever asks from inside; the first is otherwise a public one (Azure).
METADATA = frozenset(
    ip_address(text) for text in ("168.63.129.16", "169.254.169.254", "100.100.100.200", "192.0.0.192", "fd00:ec2::254")
)
# Set aside for protocols, relays and documentation (IANA's registries of special addresses). What Python calls global
# of these differs from one version to the next.
SET_ASIDE: tuple[Network, ...] = tuple(
    ip_network(text)
    for text in (
        "192.0.0.0/24", "192.88.99.0/24", "100::/64", "2001:2::/48", "2001:10::/28", "2001:20::/28", "2001:db8::/32",
        "3fff::/20", "5f00::/16",
    )
)  # fmt: skip
# Ways to write an IPv4 address inside an IPv6 one: the network, and how many bits lie behind the embedded address.
_NAT64, _NAT64_LOCAL = IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48")
_COMPATIBLE = IPv6Network("::/96")


def embedded(address: Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 address leads to by mapping or translation; None where it is none of these."""
    if isinstance(address, IPv4Address):
        return None
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if any(address in network for network in (_NAT64, _NAT64_LOCAL, _COMPATIBLE)):
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return None


def is_public(address: Address) -> bool:
    """Whether an address lies in the public network, and nowhere else in disguise."""
    inside = embedded(address)
    if inside is not None:
        # Nobody who means a public host needs such a form; a translated one is as good as the address inside.
        return is_public(inside)
    if address in METADATA or address.is_multicast or address.is_reserved or address.is_unspecified:
        return False
    if isinstance(address, IPv6Address) and (address.is_site_local or address.scope_id is not None):
        return False
    return address.is_global and not any(address in network for network in SET_ASIDE)


def is_never_meant(address: Address) -> bool:
    """Whether no name of a host can make this address a right one: only its network, if a setting names that."""
    inside = embedded(address) or address
    return inside in METADATA or inside.is_link_local or inside.is_multicast or inside.is_unspecified


@dataclass(frozen=True, slots=True)
class Allowed:
    """The hosts and networks that may be called although they are not public."""

    hosts: frozenset[str] = frozenset()
    networks: tuple[Network, ...] = ()

    @classmethod
    def parse(cls, text: str) -> "Allowed":
        """Read a list such as `10.20.0.0/16, motcua.hanoi.gov.vn`. Raises ValueError for what is neither."""
        hosts: set[str] = set()
        networks: list[Network] = []
        for name in (part.strip().lower().rstrip(".") for part in text.split(",") if part.strip()):
            if "/" in name or ":" in name or name.replace(".", "").isdigit():
                networks.append(ip_network(name))
            elif _is_host(name):
                hosts.add(name)
            else:
                raise ValueError(f"{name!r} is neither a host nor a network such as 10.20.0.0/16")
        return cls(frozenset(hosts), tuple(networks))

    def lets_through(self, host: str, address: Address) -> bool:
        """Whether a host may be called at an address to which its name leads."""
        meant = embedded(address) or address
        if meant.is_multicast or meant.is_unspecified:
            return False
        if any(meant in network or address in network for network in self.networks):
            return True
        if is_never_meant(address):
            return False
        return is_public(address) or host.lower().rstrip(".") in self.hosts


def _is_host(name: str) -> bool:
    labels = name.split(".")
    return all(label and label.replace("-", "").isalnum() and label.isascii() for label in labels)
