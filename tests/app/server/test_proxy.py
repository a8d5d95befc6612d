"""deploy/Caddyfile: caddy by these rules, before servers of our own that say what reached them."""

import http.client
import json
import os
import shutil
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from streamlit import config

from app.server import assets, proxy

CADDY = proxy.caddy()
needs_caddy = pytest.mark.skipif(not CADDY and not os.environ.get("CI"), reason="install caddy")


class Echo(BaseHTTPRequestHandler):
    """Says who it is and what it was asked; a connection serves one request."""

    def answer(self) -> None:
        size = int(self.headers.get("Content-Length", 0))
        received = len(self.rfile.read(size))
        said = {"path": self.path, "port": self.server.server_port, "received": received}
        body = json.dumps(said | {"host": self.headers["Host"]}).encode() + b" " * 2_000
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_PUT = answer  # noqa: N815 - the names that Python asks for

    def log_message(self, *arguments: object) -> None:
        pass


@contextmanager
def echo(port: int = 0) -> Iterator[ThreadingHTTPServer]:
    with ThreadingHTTPServer(("127.0.0.1", port), Echo) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


class Front:
    """The proxy with two upstreams that answer and one that does not."""

    def __init__(self, folder: Path, **variables: str) -> None:
        self.stack = ExitStack()
        self.servers: dict[int, ExitStack] = {}  # each can be ended alone
        for _ in range(2):
            own = self.stack.enter_context(ExitStack())
            self.servers[own.enter_context(echo()).server_port] = own
        self.upstreams = [*self.servers]
        self.port, spare = proxy.free_ports(2)
        static = folder / "static"
        static.mkdir(exist_ok=True)
        site = proxy.Site(port=self.port, base=variables.pop("base", ""))
        told = proxy.variables(site, [spare, *self.upstreams], static, folder)
        changed = {name: value.format(port=self.port) for name, value in variables.items()}
        self.is_secure = "https" in changed.get("SITE", "")
        self.process = subprocess.Popen(
            proxy.command(CADDY),
            env={**told, "XDG_DATA_HOME": str(folder), **changed},
            stderr=subprocess.DEVNULL,
        )
        self.stack.callback(self.process.wait, 20)
        self.stack.callback(self.process.terminate)
        end = time.monotonic() + 20
        while not proxy_answers(self) and time.monotonic() < end:
            time.sleep(0.05)

    def ask(
        self, path: str, method: str = "GET", body: bytes = b"", **headers: str
    ) -> tuple[int, bytes, Mapping[str, str]]:
        connection = http.client.HTTPConnection("localhost", self.port, timeout=20)
        if self.is_secure:
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # made just now
            connection = http.client.HTTPSConnection("localhost", self.port, context=context)
        try:
            connection.request(method, path, body or None, headers)
            answer = connection.getresponse()
            return answer.status, answer.read(), answer.headers
        finally:
            connection.close()

    def echoed(self, path: str, **headers: str) -> dict[str, object]:
        status, body, _ = self.ask(path, **headers)
        assert status == 200
        return json.loads(body)


def proxy_answers(front: Front) -> bool:
    try:
        front.ask("/")
    except OSError:
        return False
    return True


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    folder = tmp_path_factory.mktemp("proxy")
    source = folder / "source"
    source.mkdir()
    (source / "page.Abc12345.js").write_text("const numbers = 1;\n" * 500)
    (source / "font.Abc12345.woff2").write_bytes(bytes(range(256)))
    assets.prepare(folder / "static", source)
    one = Front(folder)
    with one.stack:
        yield one


@needs_caddy
def test_a_visitor_stays_where_the_cookie_says(front: Front) -> None:
    homes = {}
    for _ in range(20):
        status, body, headers = front.ask("/attack")
        assert status == 200
        homes[headers["Set-Cookie"].partition(";")[0]] = json.loads(body)["port"]
    assert sorted(homes.values()) == sorted(front.upstreams)
    assert all(cookie.startswith(f"cnn_process_{front.port}=") for cookie in homes)
    for cookie, port in homes.items():
        assert {front.echoed("/media/x.png", Cookie=cookie)["port"] for _ in range(10)} == {port}


@needs_caddy
def test_a_process_sees_the_name_that_the_browser_typed(front: Front) -> None:
    assert front.echoed("/", Host="evil.example:1")["host"] == "evil.example:1"


@needs_caddy
@pytest.mark.parametrize(("encoding", "ending"), [("gzip", "gz"), ("zstd", "zst")])
def test_a_file_was_compressed_before_anybody_asked(
    front: Front, tmp_path_factory: pytest.TempPathFactory, encoding: str, ending: str
) -> None:
    if encoding == "zstd" and not shutil.which("zstd"):
        pytest.skip("install zstd")
    path = "/static/page.Abc12345.js"
    status, body, headers = front.ask(path, **{"Accept-Encoding": encoding})
    assert (status, headers["Content-Encoding"], headers["Vary"]) == (
        200,
        encoding,
        "Accept-Encoding",
    )
    assert headers["Cache-Control"] == "public, immutable, max-age=31536000"
    folder = tmp_path_factory.getbasetemp() / "proxy0" / "static"
    assert body == (folder / f"page.Abc12345.js.{ending}").read_bytes()
    assert len(body) < 200
    assert front.ask(path)[1] == (folder / "page.Abc12345.js").read_bytes()


@needs_caddy
def test_a_font_is_sent_as_it_is_and_a_missing_file_is_not_kept(front: Front) -> None:
    status, body, headers = front.ask("/static/font.Abc12345.woff2", **{"Accept-Encoding": "gzip"})
    assert (status, body, headers["Content-Encoding"]) == (200, bytes(range(256)), None)
    status, _, headers = front.ask("/static/none.js")
    assert (status, headers["Cache-Control"]) == (404, None)


@needs_caddy
def test_a_page_is_compressed_on_its_way(front: Front) -> None:
    _, body, headers = front.ask("/", **{"Accept-Encoding": "gzip"})
    assert headers["Content-Encoding"] == "gzip"
    assert len(body) < 500


@needs_caddy
def test_what_is_larger_than_any_upload_is_refused(tmp_path: Path) -> None:
    """With a limit of its own: of 201 MB it would take seconds."""
    with (one := Front(tmp_path, UPLOAD="1MB")).stack:
        status, body, _ = one.ask("/_stcore/upload_file/a/b", "PUT", b"x" * 900_000)
        assert (status, json.loads(body)["received"]) == (200, 900_000)
        refused = one.ask("/_stcore/upload_file/a/b", "PUT", b"x" * 1_100_000)[0]
        assert refused in (413, 502)  # as its version has it


def test_the_largest_request_is_streamlits_largest_upload_and_its_form() -> None:
    assert f"{{$UPLOAD:{config.get_option('server.maxUploadSize') + 1}MB}}" in (
        proxy.RULES.read_text("utf-8")
    )


@needs_caddy
def test_below_a_path_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "x.js").write_text("1")
    with (one := Front(tmp_path, base="course")).stack:
        assert one.echoed("/course/attack")["path"] == "/course/attack"
        assert one.ask("/course/static/x.js")[1] == b"1"
        for path in ("/static/x.js", "/", "/attack"):  # not ours to answer
            assert one.echoed(path)["path"] == path


@needs_caddy
def test_with_a_certificate(tmp_path: Path) -> None:
    """Caddy makes one itself for a name that is none of the internet's."""
    with (one := Front(tmp_path, SITE="https://localhost:{port}")).stack:
        assert one.echoed("/attack")["host"] == f"localhost:{one.port}"


@needs_caddy
def test_while_a_process_is_away_another_one_answers_and_its_visitors_stay_there(
    tmp_path: Path,
) -> None:
    with (one := Front(tmp_path)).stack:
        cookies = {}
        while len(cookies) < 2:
            _, body, headers = one.ask("/")
            cookies[json.loads(body)["port"]] = headers["Set-Cookie"].partition(";")[0]
        away, here = one.upstreams
        one.servers[away].close()
        status, body, headers = one.ask("/", Cookie=cookies[away])
        assert (status, json.loads(body)["port"]) == (200, here)
        assert headers.get_all("Set-Cookie")[-1].partition(";")[0] == cookies[here]
        with echo(away):
            assert one.echoed("/", Cookie=cookies[here])["port"] == here


def test_the_rules_are_told_what_the_site_is(tmp_path: Path) -> None:
    site = proxy.Site("0.0.0.0", 9000, "a/b")
    told = proxy.variables(site, [1, 2, 3], tmp_path, tmp_path)
    assert told["SITE"] == "http://:9000"
    assert told["BIND"] == "0.0.0.0"
    assert told["UPSTREAMS"] == "127.0.0.1:1 127.0.0.1:2 127.0.0.1:3"
    assert told["BASE"] == "/a/b"
    named = proxy.Site("0.0.0.0", 443, "", "cnn.example.org")
    assert proxy.variables(named, [1], tmp_path, tmp_path)["SITE"] == "cnn.example.org"


@pytest.mark.parametrize(
    ("site", "names", "link", "ports"),
    [
        (proxy.Site(), (), "http://localhost:8501", (8501,)),
        (proxy.Site("127.0.0.1"), (), "http://127.0.0.1:8501", (8501,)),
        (proxy.Site("::1"), (), "http://[::1]:8501", (8501,)),
        (proxy.Site("0.0.0.0", 80, "x"), ("*",), "http://localhost:80/x", (80,)),
        (proxy.Site("10.0.0.5"), ("*",), "http://10.0.0.5:8501", (8501,)),
        (
            proxy.Site("0.0.0.0", 443, "x", "cnn.example.org"),
            ("cnn.example.org",),
            "https://cnn.example.org/x",
            (80, 443),
        ),
    ],
)
def test_what_a_site_means(
    site: proxy.Site, names: tuple[str, ...], link: str, ports: tuple[int, ...]
) -> None:
    assert (site.names, site.link, site.ports) == (names, link, ports)


def test_this_computers_name_means_its_addresses() -> None:
    assert "127.0.0.1" in proxy.addresses("localhost")
    assert proxy.addresses("") == proxy.addresses("localhost")
    assert proxy.addresses("0.0.0.0") == ["0.0.0.0"]
