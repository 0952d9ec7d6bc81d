"""Which addresses that users give the site may talk to. Pure: nothing is looked up here, see `guard.py`."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

# What lies behind these is decided by an IPv4 address inside them, or by a gateway: no server of a person's needs them.
_TUNNELS = [
    ipaddress.ip_network(network)
    for network in ("::/96", "::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "2001::/32", "2002::/16")
]
# Called public by some Pythons, and yet part of a machine's surroundings: of protocols, of 6to4, the metadata of Azure.
_NEARBY = [ipaddress.ip_network(network) for network in ("192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32")]


def is_public(address: str) -> bool:
    """Whether an IP address is an ordinary one of the Internet."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if any(ip in network for network in (_TUNNELS if ip.version == 6 else _NEARBY)):
        return False
    never = ip.is_private or ip.is_loopback or ip.is_link_local or ip.is_multicast or ip.is_reserved
    return ip.is_global and not never and not ip.is_unspecified and not getattr(ip, "is_site_local", False)


def may_ask(url: str, *, private: bool = False) -> bool:
    """Whether a URL, as far as it can be told from its text, leads to a web server that the site may ask.

    `private`: the site's operator allows addresses of their own network, and unencrypted HTTP.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    if parts.scheme not in (("https", "http") if private else ("https",)) or not parts.hostname:
        return False
    if "@" in parts.netloc or "\\" in url or any(ord(letter) <= 32 for letter in url):
        return False
    # Below 1024 there is mail, SSH and the like; a web server there is on its usual port.
    return private or port is None or port == 443 or port >= 1024
