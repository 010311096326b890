"""A headless Chromium that does as it is told: pages, scripts in them, pictures, and whatever it complained about. DevTools protocol over its pipe."""

import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

from checks import Failed, require
from programs import needed

# A browser on a busy machine of two processors takes its time.
PATIENCE = 60


class Browser:
    """`with Browser() as browser: browser.open(url); browser.evaluate("document.title")`."""

    def __init__(self, width=1000, height=800):
        self._size, self._number, self._rest, self.complaints = (width, height), 0, b"", []

    def __enter__(self):
        self._folder = tempfile.mkdtemp(prefix="conpot-pi-browser-")
        # Chromium reads descriptor 3 and writes descriptor 4.
        theirs_in, self._to = os.pipe()
        self._from, theirs_out = os.pipe()
        command = [needed("chromium"), "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
                   "--disable-sync", "--disable-dev-shm-usage", f"--user-data-dir={self._folder}", f"--window-size={self._size[0]},{self._size[1]}", "--remote-debugging-pipe", "about:blank"]
        # Through a shell, which puts the pipe's ends in their places whatever their numbers are.
        self._process = subprocess.Popen(["sh", "-c", f'exec "$@" 3<&{theirs_in} 4>&{theirs_out}', "sh", *command], pass_fds=(theirs_in, theirs_out),
                                         stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(theirs_in)
        os.close(theirs_out)
        self._session = None
        target = self._tell("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._tell("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self._tell(f"{domain}.enable")
        self.resize(*self._size)
        return self

    def __exit__(self, *_):
        self._process.kill()
        self._process.wait()
        os.close(self._to)
        os.close(self._from)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _receive(self, until):
        while b"\0" not in self._rest:
            require(time.monotonic() < until, f"the browser says nothing for {PATIENCE} s")
            if select.select([self._from], [], [], 1)[0]:
                part = os.read(self._from, 1 << 20)
                require(part, "the browser has ended")
                self._rest += part
        message, _, self._rest = self._rest.partition(b"\0")
        return json.loads(message)

    def _tell(self, method, **parameters):
        """Sends a command and returns its result; complaints that come meanwhile are kept."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        until = time.monotonic() + PATIENCE
        while True:
            answer = self._receive(until)
            if answer.get("id") == self._number:
                require("result" in answer, f"{method}: {answer.get('error')}")
                return answer["result"]
            self._note(answer)

    def _note(self, message):
        parameters = message.get("params", {})
        if message.get("method") == "Runtime.exceptionThrown":
            self.complaints.append(parameters["exceptionDetails"].get("text", "exception"))
        elif message.get("method") == "Log.entryAdded" and parameters["entry"]["level"] in ("error", "warning"):
            self.complaints.append(f"{parameters['entry']['text']} {parameters['entry'].get('url', '')}")
        elif message.get("method") == "Runtime.consoleAPICalled" and parameters["type"] in ("error", "warning", "assert"):
            self.complaints.append(str(parameters["args"]))

    def resize(self, width, height=800):
        self._tell("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 500)

    def open(self, url):
        # A mark that the next page does not have: a new one is there when it is gone.
        self.evaluate("window.before = 1")
        require("errorText" not in self._tell("Page.navigate", url=url), f"{url} cannot be opened")
        self.wait("!window.before && document.readyState === 'complete'")

    def evaluate(self, script):
        answer = self._tell("Runtime.evaluate", expression=script, returnByValue=True)
        if "exceptionDetails" in answer:
            raise Failed(f"{script}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def wait(self, script, seconds=PATIENCE):
        """Until the script's value is true; the value."""
        until = time.monotonic() + seconds
        while not (value := self._tell("Runtime.evaluate", expression=script, returnByValue=True)["result"].get("value")):
            require(time.monotonic() < until, f"{seconds} s without {script}")
            time.sleep(0.1)
        return value

    def submit(self, script):
        """A script that leads to another page, and that page."""
        self.evaluate("window.before = 1; " + script)
        self.wait("!window.before && document.readyState === 'complete'")

    def picture(self, path):
        data = self._tell("Page.captureScreenshot", format="png", captureBeyondViewport=True)["data"]
        with open(path, "wb") as stream:
            stream.write(base64.b64decode(data))
