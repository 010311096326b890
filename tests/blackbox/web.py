"""The web pages on the published binary: raw sockets, curl, nmap, a browser.

Debian: curl nmap chromium. What is not installed is skipped by name."""

import re
import socket
import subprocess
import tempfile

from checks import require, run_checks
from harness import Sensor
from journal import action, field
from programs import needed

TELLS = ("Technodrome", "Mouser", "88111222", "Venus", "Siemens, SIMATIC, S7-200", "Overview - Siemens", "Tue, 19 May 1993", "timeticks", "Set-cookie: path=/", "Conpot", "BaseHTTP", "Kestrel")


def ask(port, *pieces):
    with socket.create_connection(("127.0.0.1", port), 5) as stream:
        for piece in pieces:
            stream.sendall(piece)
        stream.shutdown(socket.SHUT_WR)
        answer = b""
        while part := stream.recv(65536):
            answer += part
        return answer.decode("utf-8", "replace")


def check_pipelined_and_split_requests_are_answered_in_order():
    with Sensor("http.enabled=true") as sensor:
        said = ask(sensor.http_port, b"GET /a HTTP/1.1\r\nHo", b"st: x\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        require(said.count("HTTP/1.1 404 ") == 2 and said.index("/a<") < said.index("/b<"), said)
        events = sensor.journal.wait(lambda found: sum(action(e) == "http.request" for e in found) >= 2)
        require([field(e, "conpot.path") for e in events if action(e) == "http.request"] == ["/a", "/b"], f"{events}")


def check_no_page_has_what_detectors_look_for():
    with Sensor("http.enabled=true") as sensor:
        index = ask(sensor.http_port, b"GET / HTTP/1.0\r\n\r\n")
        pages = [index, *(ask(sensor.http_port, f"GET {path} HTTP/1.0\r\n\r\n".encode()) for path in set(re.findall(r'href="(/[^"]+)"', index)))]
        require(len(pages) == 7, f"{len(pages)} pages")
        for page in pages:
            require(page.startswith("HTTP/1.1 200 OK\r\n") and not [tell for tell in TELLS if tell in page], page[:300])


def check_two_sensors_are_not_alike():
    heads = []
    for seed in ("one", "two"):
        with Sensor("http.enabled=true", f"plc.seed={seed}") as sensor:
            heads.append(ask(sensor.http_port, b"GET / HTTP/1.0\r\n\r\n"))
    require(re.search("Server: .*", heads[0]).group() != re.search("Server: .*", heads[1]).group(), heads[0][:200])


def check_curl_and_expect():
    with Sensor("http.enabled=true", "http.login=none") as sensor:
        done = subprocess.run([needed("curl"), "-s", "-H", "Expect: 100-continue", "-d", "user=a&password=b", f"http://127.0.0.1:{sensor.http_port}/nothing"], capture_output=True, text=True, timeout=20, check=False)
        require(done.returncode == 0 and "404" in done.stdout, f"{done}")


def check_nmap_reads_title_and_headers():
    with Sensor("http.enabled=true") as sensor:
        done = subprocess.run([needed("nmap"), "-Pn", "-n", "--script", "+http-title,+http-headers", "-p", str(sensor.http_port), "127.0.0.1"], capture_output=True, text=True, timeout=180, check=False)
        require("http-title: Pumping station" in done.stdout and "Server: " in done.stdout and "Conpot" not in done.stdout, done.stdout)


def check_values_move_in_a_browser():
    with Sensor("http.enabled=true") as sensor, tempfile.TemporaryDirectory(prefix="conpot-pi-web-", ignore_cleanup_errors=True) as folder:
        done = subprocess.run([needed("chromium"), "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--enable-logging=stderr", f"--user-data-dir={folder}",
                               "--timeout=7000", "--virtual-time-budget=7000", "--dump-dom", f"http://127.0.0.1:{sensor.http_port}/"], capture_output=True, text=True, timeout=120, check=False)
        require("CPU RUN" in done.stdout and ":CONSOLE" not in done.stderr, done.stderr[-500:])
        polls = sensor.journal.wait(lambda found: any(field(e, "conpot.page") == "values" for e in found))
        require(any(field(e, "conpot.page") == "values" for e in polls), "the page never asked for values")


if __name__ == "__main__":
    raise SystemExit(run_checks(globals()))
