"""`conpot-pi report`: one page that needs nothing else, says what the journal says, and belongs to us whatever an attacker sent.

Debian: chromium poppler-utils mbpoll snmp nmap. What is not installed is skipped by name."""

import html.parser
import json
import os
import re
import shutil
import stat
import subprocess
import tempfile

import pcapng
from checks import Failed, require, run_checks
from harness import binary
from pcapng import place
from programs import needed
from surroundings import LAUNCHER
from visits import HOSTILE

VOID = {"meta", "br", "hr", "img", "input", "link"}
# What the page is made of; an element or attribute beyond these came from somewhere else.
ELEMENTS = set("html head meta title style body header main footer section article h1 h2 h3 p b i em ul ol li span bdi time div svg rect table thead tbody tr th td details summary code dl dt dd".split())
ATTRIBUTES = set("lang charset http-equiv content name class viewbox preserveaspectratio role aria-label x y width height scope data-label".split())


class Page(html.parser.HTMLParser):
    """Elements, attributes and text, and whether every element is closed where it should be."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.elements, self.attributes, self.open, self.text, self.style = set(), set(), [], [], ""
        self.feed(text)
        self.close()
        require(not self.open, f"never closed: {self.open}")

    def handle_starttag(self, tag, attributes):
        self.elements.add(tag)
        self.attributes.update(name for name, _ in attributes)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        require(self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-3:]}")
        self.open.pop()

    def handle_data(self, data):
        if self.open and self.open[-1] == "style":
            self.style += data
        else:
            self.text.append(data)

    def handle_comment(self, data):
        raise Failed(f"a comment in the page: {data[:80]!r}")


def report(*arguments):
    done = place.run("report", *arguments, "-o", "-")
    require(done.returncode == 0, f"exit code {done.returncode}: {done.stderr!r}")
    return done.stdout.decode("utf-8")


def check_the_page_is_ours_alone():
    text = report()
    page = Page(text)
    require(page.elements <= ELEMENTS, f"elements from elsewhere: {page.elements - ELEMENTS}")
    require(page.attributes <= ATTRIBUTES, f"attributes from elsewhere: {page.attributes - ATTRIBUTES}")
    require("url(" not in page.style and "@import" not in page.style, "the style fetches something")
    require("default-src 'none'; style-src 'unsafe-inline'; img-src data:" in text, "no content security policy")
    require(not re.search("[\0-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069]", text), "a control character in the page")
    if place.sessions("udp"):
        shown = "".join(page.text)
        require("<img src=x onerror=alert(1)>" in shown, "what the attacker sent cannot be read")
        require(HOSTILE not in shown, "what the attacker sent was not made harmless")


def check_it_says_what_happened():
    shown = re.sub(r"\s+", " ", "".join(Page(report()).text))
    for wanted in ("Somebody reprogrammed, stopped, started and wrote to the decoy PLC", "wrote to the PLC: 127.0.0.1", "stopped the PLC: 127.0.0.4 (2 commands, the first on ", "CPU from RUN to STOP)", "told the CPU to stop, which it had already",
                   "reprogrammed the PLC: 127.0.0.4 (2 changes of the program", "sent it the program block FC7", "deleted the program block FC7", "fetched the program block OB1", "wrote M2.4 ", "set the CPU's clock",
                   "tried the S7 password “PLC<&>”", "asked whether the CPU is in RUN or STOP", "tried to log in to the web page as “admin”", "sent a known attack to the web server", "read VW0..VW18", "wrote VW0 ", "→ 77", "asked who it is", "Impair Process Control (TA0106)",
                   "T0855 (T1692.001 from v19 on)", "In the last 7 days", "s7-200", "conpot-pi events --session", "sent bytes that are no Modbus frame"):
        require(wanted in shown, f"the page does not say {wanted!r}")
    require(re.search(r"In the last 12 hours", "".join(Page(report("--since", "12h")).text)), "--since is not followed")


def check_the_file_has_a_name_and_appears_whole():
    done = place.run("report")
    require(done.returncode == 0, f"{done.stderr!r}")
    found = [name for name in os.listdir(place.agent.directory) if name.endswith(".html")]
    require(len(found) == 1 and re.fullmatch(r"conpot-pi-report-[A-Za-z0-9_-]+-\d{4}-\d\d-\d\d\.html", found[0]), f"{found}")
    with open(os.path.join(place.agent.directory, found[0]), encoding="utf-8") as stream:
        require(stream.read().endswith("</html>\n"), "the file is not whole")


def check_a_link_goes_on_leading_and_a_pipe_stays_one():
    target, link, pipe = (os.path.join(place.agent.directory, name) for name in ("target.html", "link.html", "pipe"))
    with open(target, "w", encoding="ascii") as stream:
        stream.write("of yesterday")
    os.symlink("target.html", link)
    os.mkfifo(pipe)
    require(place.run("report", "--since", "1d", "-o", link).returncode == 0 and os.path.islink(link), "the link is a file now")
    with open(target, "rb") as stream:
        page = stream.read()
    require(page.startswith(b"<!DOCTYPE html>"), f"the file behind the link has {page[:40]}")
    with subprocess.Popen(["cat", pipe], stdout=subprocess.PIPE) as reader:
        require(place.run("report", "--since", "1d", "-o", pipe).returncode == 0 and stat.S_ISFIFO(os.stat(pipe).st_mode), "the pipe is a file now")
        require(reader.communicate(timeout=30)[0].startswith(b"<!DOCTYPE html>"), "nothing came out of the pipe")
    require(not [name for name in os.listdir(place.agent.directory) if name.endswith(".tmp")], "something is left behind")


def check_an_empty_journal_is_a_page_too():
    with tempfile.TemporaryDirectory(prefix="conpot-pi-empty-") as directory:
        done = subprocess.run([*LAUNCHER, binary(), "report", "--journal", directory, "-o", "-"], capture_output=True, timeout=60, check=False)
        require(done.returncode == 0 and b"Nothing was recorded" in done.stdout, f"{done.returncode}: {done.stderr!r}")
        Page(done.stdout.decode("utf-8"))


def check_a_long_journal_is_read_in_little_memory():
    with tempfile.TemporaryDirectory(prefix="conpot-pi-long-") as directory:
        pcapng.long_journal(directory, 150)
        done = subprocess.run(["/usr/bin/time", "-f", "%M", *LAUNCHER, binary(), "report", "--journal", directory, "-o", "-"], capture_output=True, timeout=300, check=False) \
            if shutil.which("/usr/bin/time") else None
        if done is None:
            import resource  # children's peak; this check's own is the largest of all started here
            subprocess.run([*LAUNCHER, binary(), "report", "--journal", directory, "-o", "-"], capture_output=True, timeout=300, check=True)
            peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        else:
            peak = int(done.stderr.split()[-1])
        size = sum(os.path.getsize(os.path.join(directory, name)) for name in os.listdir(directory)) >> 20
        require(peak < 200 << 10, f"{peak >> 10} MiB for a journal of {size} MiB")
        return f"{peak >> 10} MiB for a journal of {size} MiB"


# ---- In a browser -------------------------------------------------------------------------------------------------------

# Widths and heights of the page in a frame, and every text whose contrast on its ground is below WCAG's 4.5 to 1.
MEASURE = """<!DOCTYPE html><body style="margin:0"><iframe id="f" src="report.html" width="WIDTH" height="900" style="border:0"></iframe><pre id="out"></pre><script>
function lum(c) { const v = c.match(/[\\d.]+/g).slice(0, 3).map(x => { x /= 255; return x <= .03928 ? x / 12.92 : ((x + .055) / 1.055) ** 2.4; }); return .2126 * v[0] + .7152 * v[1] + .0722 * v[2]; }
document.getElementById('f').onload = e => {
  const d = e.target.contentDocument, w = e.target.contentWindow, low = [];
  for (const el of d.querySelectorAll('body *')) {
    if (![...el.childNodes].some(n => n.nodeType === 3 && n.data.trim()) || el.closest('svg')) continue;
    let g = el, ground = 'rgba(0, 0, 0, 0)';
    while (g && /, 0\\)$/.test(ground)) { ground = w.getComputedStyle(g).backgroundColor; g = g.parentElement; }
    const a = lum(w.getComputedStyle(el).color), b = lum(ground), ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < 4.5) low.push(el.tagName + '.' + el.className + ' ' + ratio.toFixed(2));
  }
  document.getElementById('out').textContent = '@@' + JSON.stringify({width: d.documentElement.scrollWidth, ground: w.getComputedStyle(d.body).backgroundColor, low: low.slice(0, 5), scripts: d.scripts.length, texts: d.querySelectorAll('bdi').length}) + '@@';
};</script></body>"""


def chromium(*arguments):
    with tempfile.TemporaryDirectory(prefix="conpot-pi-chromium-", ignore_cleanup_errors=True) as profile:
        done = subprocess.run([needed("chromium"), "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
                               "--disable-sync", "--disable-dev-shm-usage", "--allow-file-access-from-files", f"--user-data-dir={profile}", *arguments], capture_output=True, timeout=120, check=False)
        return done.stdout.decode("utf-8", "replace")


def measured(width, dark):
    with tempfile.TemporaryDirectory(prefix="conpot-pi-page-") as folder:
        with open(os.path.join(folder, "report.html"), "w", encoding="utf-8") as stream:
            stream.write(report().replace("<details>", "<details open>"))
        with open(os.path.join(folder, "frame.html"), "w", encoding="utf-8") as stream:
            stream.write(MEASURE.replace("WIDTH", str(width)))
        said = chromium("--virtual-time-budget=5000", "--window-size=1600,1000", *(["--blink-settings=preferredColorScheme=0"] if dark else []), "--dump-dom", f"file://{folder}/frame.html")
        found = re.search("<pre id=\"out\">@@(.*)@@</pre>", said)
        require(found, f"the page was not measured: {said[-300:]}")
        return json.loads(found.group(1))


def check_no_width_needs_scrolling_and_every_text_can_be_read():
    grounds = set()
    for width in (360, 700, 1400):
        for dark in (False, True):
            page = measured(width, dark)
            require(page["width"] <= width, f"{page['width']} pixels wide in a window of {width}")
            require(not page["low"], f"too little contrast ({'dark' if dark else 'light'}): {page['low']}")
            require(page["scripts"] == 0 and page["texts"] > 50, f"{page}")
            grounds.add((dark, page["ground"]))
    require(len({ground for _, ground in grounds}) == 2, f"light and dark look alike: {grounds}")


def check_on_paper_the_folded_sessions_are_open():
    needed("pdftotext")
    with tempfile.TemporaryDirectory(prefix="conpot-pi-print-") as folder:
        path = os.path.join(folder, "report.html")
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(report())
        chromium(f"--print-to-pdf={folder}/report.pdf", "--no-pdf-header-footer", f"file://{path}")
        done = subprocess.run(["pdftotext", f"{folder}/report.pdf", "-"], capture_output=True, text=True, timeout=60, check=False)
        require("modbus.read unit=1" in done.stdout, "the lines of the sessions are not on paper")


if __name__ == "__main__":
    with place:
        raise SystemExit(run_checks(globals()))
