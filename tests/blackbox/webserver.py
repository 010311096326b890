"""A web server of a page that takes POSTs for the webhook's checks, plain or TLS; what it answers is a function of the check's."""

import json
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Post:
    """One request: when it came, over which connection, and all of it."""

    def __init__(self, at, client, path, headers, body):
        self.at, self.client, self.path, self.headers, self.body = at, client, path, headers, body

    def json(self):
        return json.loads(self.body)


def ok(_):
    return 200, {}, b"ok"


def silence(_):
    """Never an answer."""
    return None


def cut(_):
    """The connection ends without one."""
    return 0, {}, b""


class WebServer:
    """Listens on the loopback as long as the block lasts. `answer(post)` gives (status, headers, body), or None to say nothing for ever."""

    def __init__(self, answer=ok, *, certificate=None, key=None, clients=None, port=0):
        self.answer = answer
        self.posts = []
        self._ending = threading.Event()
        context = None
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate, key)
            if clients:
                context.load_verify_locations(clients)
                context.verify_mode = ssl.CERT_REQUIRED
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"  # keeps connections
            disable_nagle_algorithm = True  # head and body are two writes here

            def setup(self):
                if context:  # in the connection's own thread: a client that never shakes hands holds up nobody
                    self.request = context.wrap_socket(self.request, server_side=True)
                super().setup()

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                post = Post(time.monotonic(), self.client_address, self.path, dict(self.headers), body)
                owner.posts.append(post)
                said = owner.answer(post)
                if said is None:
                    owner._ending.wait(120)
                    said = cut(post)
                status, headers, text = said
                if status == 0:
                    self.close_connection = True
                    return
                self.send_response(status)
                for name, value in {"Content-Length": str(len(text)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            block_on_close = False

            def handle_error(self, *_):
                pass  # a handshake that is refused, a client that is killed: what the checks do

        self._server = Server(("127.0.0.1", port), Handler)
        self.port = self._server.server_address[1]
        self.url = f"{'https' if context else 'http'}://127.0.0.1:{self.port}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._ending.set()
        self._server.shutdown()
        self._server.server_close()

    def wait(self, wanted, seconds=20):
        until = time.monotonic() + seconds
        while not wanted(list(self.posts)) and time.monotonic() < until:
            time.sleep(0.005)
        return list(self.posts)
