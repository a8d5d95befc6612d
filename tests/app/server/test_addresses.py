"""app.server.addresses: how others in the network find this computer."""

import socket
from ipaddress import ip_address

import pytest

from app.server import addresses, proxy


def test_the_address_is_one_that_this_computer_listens_under() -> None:
    found = addresses.in_network()
    if found:
        assert not ip_address(found).is_loopback
        with socket.socket() as probe:
            probe.bind((found, 0))


def test_what_leads_nowhere_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    others = ["127.0.0.1", "169.254.3.4", "0.0.0.0"]
    monkeypatch.setattr(addresses, "_found", lambda: iter([*others, "10.42.0.1", "10.0.0.9"]))
    assert addresses.in_network() == "10.42.0.1"
    monkeypatch.setattr(addresses, "_found", lambda: iter(others))
    assert addresses.in_network() == ""


@pytest.mark.skipif(not hasattr(socket, "if_nameindex"), reason="no names of interfaces")
def test_an_interface_without_an_address_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "if_nameindex", lambda: [(1, "none such")])
    monkeypatch.setattr(addresses, "ELSEWHERE", "no address at all")
    monkeypatch.setattr(socket, "gethostbyname_ex", lambda name: (name, [], ["10.0.0.9"]))
    assert addresses.in_network() == "10.0.0.9"


@pytest.mark.parametrize(
    ("site", "link"),
    [
        (proxy.Site("0.0.0.0", 8612, "course"), "http://10.42.0.1:8612/course"),
        (proxy.Site("localhost", 8612), ""),
        (proxy.Site("0.0.0.0", 443, "", "cnn.example.org"), ""),
    ],
)
def test_a_served_app_says_where_others_find_it(
    monkeypatch: pytest.MonkeyPatch, site: proxy.Site, link: str
) -> None:
    monkeypatch.setattr(proxy, "in_network", lambda: "10.42.0.1")
    assert site.link_of_others == link
