"""Runs front ends in environments of their own, takes pictures, and keeps what was seen.

Usage: python -m tests.front_ends [NAME…]

Without names it runs all of them, which takes some ten minutes and a few GB below ``.venv``. Each environment is made
once; delete ``.venv/lab-NAME`` to have today's newest versions. Then ``make docs`` prints docs/front-ends.md.
"""

from __future__ import annotations

import base64
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

from playwright.sync_api import Browser, FloatRect, Page, sync_playwright

from tests.browser.chromium import FLAGS, chromium
from tests.front_ends.front_ends import FRONT_ENDS, FrontEnd
from tests.front_ends.seen import PICTURES, keep
from tests.front_ends.walks import WINDOW, Visit

WITHOUT_PICTURE = ("jupyterlab-oldest", "jupyterlab-documents", "image-2.14.10", "image-3.9.10")
"""They look like one that has a picture."""
AS_WEBP = """async (png) => {
  const image = new Image();
  image.src = 'data:image/png;base64,' + png;
  await image.decode();
  const canvas = Object.assign(document.createElement('canvas'), { width: image.width, height: image.height });
  canvas.getContext('2d').drawImage(image, 0, 0);
  return canvas.toDataURL('image/webp', 0.8).split(',')[1];
}"""


def main(names: list[str]) -> int:
    """Run them one after another; the first failure ends it."""
    unknown = set(names) - {each.name for each in FRONT_ENDS}
    if unknown:
        print(__doc__, "Names: ", ", ".join(each.name for each in FRONT_ENDS), ".", sep="")
        return 2
    PICTURES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(playwright), args=list(FLAGS))
        for front_end in FRONT_ENDS:
            if not names or front_end.name in names:
                run(front_end, browser)
        browser.close()
    return 0


def run(front_end: FrontEnd, browser: Browser) -> None:
    """Run one, and keep what was seen."""
    environment = front_end.environment()
    started = time.monotonic()

    def picture(page: Page, top: int) -> None:
        if front_end.name not in WITHOUT_PICTURE:
            page.mouse.move(0, 0)
            page.wait_for_timeout(500)
            clip: FloatRect = {"x": 0, "y": top, "width": WINDOW["width"], "height": WINDOW["height"] - top}
            png = page.screenshot(animations="disabled", caret="hide", clip=clip)
            (PICTURES / f"{front_end.name}.webp").write_bytes(as_webp(browser, png))

    with tempfile.TemporaryDirectory(prefix="sm-ssh-widget-front-end-") as home:
        front_end.walk(Visit(browser, environment, Path(home), picture))
    keep(front_end, environment, date.today())
    print(f"{front_end.name}: ran, {time.monotonic() - started:.0f} s", flush=True)


def as_webp(browser: Browser, png: bytes) -> bytes:
    """Encode a picture anew, a third as large; the browser can, and no further package is needed."""
    page = browser.new_page()
    encoded = page.evaluate(AS_WEBP, base64.b64encode(png).decode())
    page.close()
    return base64.b64decode(encoded)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
