"""Outgoing HTTP to addresses that users give: nothing inside is reached, and nobody holds us up."""

import gzip
import socket
import time
from contextlib import suppress

import pytest
import requests

from plans.media import guard
from plans.media.targets import is_public, may_ask
from tests.web import Answer, make_certificate, serving

HOST = "victim.example"


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    return make_certificate(tmp_path_factory.mktemp("tls"), HOST, "127.0.0.1")


@pytest.fixture
def web():
    with serving() as server:
        yield server


@pytest.fixture
def names(monkeypatch):
    """What each name resolves to, one answer a look-up; numbers are read as the system reads them."""
    known, real = {}, socket.getaddrinfo

    def look_up(host, port, *rest, **options):
        if host in known:
            answers = known[host]
            address = answers.pop(0) if len(answers) > 1 else answers[0]
            return [found for one in address.split() for found in real(one, port, *rest, **options)]
        return real(host, port, *rest, **options, flags=socket.AI_NUMERICHOST)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return known


@pytest.fixture
def connected(monkeypatch):
    """Every address that anything tried to connect to; nothing outside this machine is really tried."""
    tried, real = [], socket.socket.connect

    def connect(self, address):
        tried.append(address[0])
        if address[0] not in ("127.0.0.1", "::1"):
            raise ConnectionRefusedError
        return real(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect)
    return tried


def ask(url, **options):
    with guard.session() as session:
        with suppress(requests.RequestException):
            session.post(url, data=b"{}", **options)
        return session


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254"),
        *("100.64.0.1", "100.100.100.200", "192.0.0.8", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.7"),
        *("224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "192.88.99.1", "168.63.129.16"),
        *("::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12:3456::1", "fec0::1", "ff02::1", "2001:db8::1"),
        *("::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::"),
        *("2001:0:4136:e378:8000:63bf:3fff:fdd2", "100::1", "not an address", ""),
    ],
)
def test_what_is_no_ordinary_address_of_the_internet_is_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "185.199.108.153", "2606:4700::1111", "2a00:1450:4001::5e"])
def test_ordinary_addresses_are_public(address):
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        *("http://ntfy.example", "ftp://ntfy.example", "file:///etc/passwd", "gopher://ntfy.example", "ntfy.example"),
        *(
            "https://",
            "https:///path",
            "https://user@ntfy.example",
            "https://user:pass@ntfy.example",
            "https://@a.example",
        ),
        *("https://good.example\\@evil.example", "https://a.example:22", "https://a.example:25", "https://a.example:x"),
        *("https://a.example:99999", "https://a b.example", "https://a.example\r\nHost: b", "https://[::1", ""),
    ],
)
def test_a_text_that_is_no_address_of_a_web_server_is_refused(url):
    assert not may_ask(url)


def test_a_home_server_may_use_plain_http_and_any_port():
    assert may_ask("http://192.168.1.5:81/hook", private=True)
    assert not may_ask("http://user@192.168.1.5", private=True)
    assert not may_ask("ftp://192.168.1.5", private=True)


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "[::1]", "0.0.0.0", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "169.254.169.254"),
        *("2130706433", "017700000001", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "127.1", "127.0.1"),
        *("127。0。0。1", "127．0．0．1", "１２７.0.0.1", "①②⑦.0.0.1", "127.0.0.1.", "0"),
    ],
)
def test_no_way_of_writing_an_inner_address_is_connected_to(host, names, connected):
    session = ask(f"https://{host}:8443/hook")
    assert connected == []
    assert session.answer is None
    assert session.reason in (guard.REFUSED, guard.NO_SUCH_NAME, guard.NO_CONNECTION)


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "2130706433", "0x7f.1", "169.254.169.254", "[fd00::1]"])
def test_an_inner_address_is_called_refused(host, names, connected):
    session = ask(f"https://{host}/")
    assert session.is_refused
    assert session.reason == guard.REFUSED


@pytest.mark.parametrize("name", ["localhost", "localhost.", "LOCALHOST", "victim.example", "victim.example."])
@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "10.0.0.1", "8.8.8.8 127.0.0.1", "169.254.169.254"])
def test_a_name_that_leads_inside_is_refused_even_if_it_leads_elsewhere_too(name, address, names, connected):
    names[name] = names[name.lower()] = [address]
    session = ask(f"https://{name}/hook")
    assert connected == []
    assert session.is_refused


def test_the_address_that_was_judged_is_the_one_connected_to(names, connected):
    """Rebinding: the first look-up says a public address, each later one an inner address."""
    names[HOST] = ["8.8.8.8", "127.0.0.1"]
    session = ask(f"https://{HOST}/hook")
    assert connected == ["8.8.8.8"]
    assert not session.is_refused
    assert ask(f"https://{HOST}/hook").is_refused
    assert connected == ["8.8.8.8"]


def test_the_certificate_must_be_of_the_name_that_was_asked_for(monkeypatch, settings, names, certificate):
    settings.ALLOW_PRIVATE_TARGETS = True
    monkeypatch.setattr("requests.adapters.DEFAULT_CA_BUNDLE_PATH", str(certificate[0]))
    names[HOST], names["other.example"] = ["127.0.0.1"], ["127.0.0.1"]
    with serving(certificate) as web:
        assert ask(f"https://{HOST}:{web.port}/hook").answer.status_code == 200
        assert ask(f"https://other.example:{web.port}/hook", verify=False).reason == guard.BAD_CERTIFICATE
        assert web.paths == ["POST /hook"]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("allow", [True, False])
def test_no_redirect_is_followed(status, allow, web, settings, connected):
    settings.ALLOW_PRIVATE_TARGETS = True
    web.answer = Answer(status, headers={"Location": "http://169.254.169.254/latest/meta-data/"})
    session = ask(f"{web.url}/hook", allow_redirects=allow)
    assert session.answer.status_code == status
    assert connected == ["127.0.0.1"]
    assert web.paths == ["POST /hook"]


def test_neither_proxies_nor_passwords_nor_cookies_of_the_machine_take_part(
    web, settings, monkeypatch, tmp_path, connected
):
    settings.ALLOW_PRIVATE_TARGETS = True
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://10.0.0.1:3128")
    web.answer = Answer(headers={"Set-Cookie": "a=b"})
    with guard.session() as session:
        for _ in range(2):
            session.post(f"{web.url}/hook", proxies={"http": "http://10.0.0.1:3128"})
    assert connected == ["127.0.0.1", "127.0.0.1"]
    for asked in web.asked:
        assert not {"Authorization", "Cookie"} & set(asked.headers)
        assert asked.headers["User-Agent"].startswith("KZSIM (+http")


def test_an_endless_answer_is_read_no_further_than_its_beginning(web, settings):
    settings.ALLOW_PRIVATE_TARGETS = True
    web.endless = True
    answer = ask(f"{web.url}/hook").answer
    assert answer.status_code == 200
    assert len(answer.content) == guard.ANSWER_LIMIT


def test_a_small_answer_that_would_unpack_to_a_large_one_is_not_unpacked(web, settings):
    settings.ALLOW_PRIVATE_TARGETS = True
    packed = gzip.compress(b"0" * 10_000_000)
    web.answer = Answer(body=packed, headers={"Content-Encoding": "gzip"})
    assert ask(f"{web.url}/hook").answer.content == packed


def test_an_answer_of_odd_headers_writes_no_address_into_a_log(web, settings, caplog):
    """The address is what opens many a chat."""
    settings.ALLOW_PRIVATE_TARGETS = True
    web.answer = Answer(headers={"no header": "at all"})
    assert ask(f"{web.url}/bot4711:key").answer.status_code == 200
    assert not caplog.records


@pytest.mark.parametrize("tls", [False, True])
def test_an_answer_that_drips_ends_by_the_clock(tls, settings, monkeypatch, certificate):
    settings.ALLOW_PRIVATE_TARGETS = True
    monkeypatch.setattr(guard, "CONVERSATION", 0.6)
    monkeypatch.setattr("requests.adapters.DEFAULT_CA_BUNDLE_PATH", str(certificate[0]))
    with serving(certificate if tls else None) as web:
        web.drips = 0.05
        begun = time.monotonic()
        session = ask(f"{web.url}/hook")
        assert time.monotonic() - begun < 3
    assert session.reason == guard.NO_ANSWER


def test_a_server_that_never_shakes_hands_ends_by_the_clock(settings, monkeypatch):
    settings.ALLOW_PRIVATE_TARGETS = True
    monkeypatch.setattr(guard, "CONVERSATION", 0.6)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        begun = time.monotonic()
        session = ask(f"https://127.0.0.1:{silent.getsockname()[1]}/hook")
        assert time.monotonic() - begun < 3
    assert session.reason == guard.NO_ANSWER


def test_after_the_end_nothing_more_is_asked(web, settings, monkeypatch):
    settings.ALLOW_PRIVATE_TARGETS = True
    monkeypatch.setattr(guard, "CONVERSATION", 0.2)
    with guard.session() as session:
        time.sleep(0.4)
        with pytest.raises(requests.Timeout):
            session.get(f"{web.url}/hook")
    assert web.asked == []


def test_a_name_server_that_does_not_answer_holds_nobody_up(monkeypatch):
    monkeypatch.setattr(guard, "CONNECT_TIMEOUT", 0.3)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: time.sleep(2))
    begun = time.monotonic()
    session = ask(f"https://{HOST}/hook")
    assert time.monotonic() - begun < 1.5
    assert session.answer is None


def test_of_many_addresses_only_a_few_are_tried(names, connected):
    names[HOST] = [" ".join(f"8.8.8.{number}" for number in range(1, 30))]
    ask(f"https://{HOST}/hook")
    assert len(connected) == guard.ADDRESSES_TRIED


def test_an_unknown_name_and_a_closed_port_are_told_apart(names, settings):
    assert ask("https://nowhere.example/").reason == guard.NO_SUCH_NAME
    settings.ALLOW_PRIVATE_TARGETS = True
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    assert ask(f"http://127.0.0.1:{port}/").reason == guard.NO_CONNECTION
