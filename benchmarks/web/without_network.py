"""`python -m benchmarks.web.without_network`: how long a day of doors takes to arrive once the network is back.

A round of 120 doors is told of in Chromium without network, then sent to the real server. The first load is counted as
it goes over the line.
"""

import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import BrowserContext, sync_playwright

from delivery.models import DoorAct
from tests.browser.conftest import ARGUMENTS, CHROMIUM, Site
from tests.browser.round_app import ALL_NOTED, acts, open_round
from tests.browser.test_without_network import A_DAY_OF_DOORS, DOORS, a_large_round

GOAL_S = 10


def main() -> int:
    with (
        tempfile.TemporaryDirectory() as folder,
        a_large_round(Path(folder), DOORS) as site,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        seconds, saying = _measured(site, browser.new_context(locale="vi-VN"))
        browser.close()
        arrived: list[DoorAct] = acts(site)
    whole = len({act.act_id for act in arrived}) == len(arrived) == DOORS
    print(f"{DOORS} doors told of without network: {saying:.1f} s in the page")
    print(
        f"sent when it was back: {seconds:.1f} s (goal {GOAL_S} s); {len(arrived)} acts at the ward, each once: {whole}"
    )
    return 0 if whole and seconds <= GOAL_S else 1


def _measured(site: Site, phone: BrowserContext) -> tuple[float, float]:
    page = open_round(site, phone, "bd1")
    phone.set_offline(True)
    began = time.perf_counter()
    page.evaluate(A_DAY_OF_DOORS, DOORS)
    saying = time.perf_counter() - began
    began = time.perf_counter()
    phone.set_offline(False)
    page.locator("#tinh-trang", has_text=ALL_NOTED).wait_for(timeout=120_000)
    return time.perf_counter() - began, saying


if __name__ == "__main__":
    sys.exit(main())
