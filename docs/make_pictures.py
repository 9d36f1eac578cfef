"""Draws the documentation's pictures anew from what `make demo` left: pages in Chromium, papers from their PDFs."""

import argparse
import io
import os
import re
import shutil
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pypdfium2
from PIL import Image
from playwright.sync_api import Page, sync_playwright

from delivery.sample_day import write_sample_day
from labels.sample import Made
from labels.samples import KINDS
from web.processes import Household, free_port

OFFICE, PHONE = {"width": 1366, "height": 768}, {"width": 390, "height": 844}
PAPERS = {"label": "labels.pdf", "slip": "slips.pdf", "route-sheet": "route-sheets.pdf", "manifest": "manifest.pdf"}
SAMPLES = ("insert", "appointment", "closing")
WIDEST = 900
# Down to the end of the map.
DISPATCH_HEIGHT = 1800
CHROMIUM = "/usr/bin/chromium"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, default=Path(os.environ.get("TANNHA_DEMO_HOME", "var/demo")))
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "pictures")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    draw_papers(arguments.home, arguments.out)
    draw_samples(arguments.out)
    with TemporaryDirectory() as folder:
        # The pictures go on with the next day, which the demo itself is to know nothing of.
        copy = Path(folder) / "home"
        shutil.copytree(arguments.home, copy)
        draw_pages(copy, arguments.out)


def draw_papers(home: Path, out: Path) -> None:
    """The first page of each paper of the newest day's first batch."""
    day = max((home / "days").iterdir())
    batch = min(folder for folder in day.iterdir() if folder.is_dir())
    for name, file in PAPERS.items():
        page = pypdfium2.PdfDocument(batch / file)[0]
        scale = WIDEST / page.get_width() if page.get_width() > 300 else 2
        page.render(scale=scale).to_pil().convert("L").quantize(16).save(out / f"{name}.png", optimize=True)


def draw_samples(out: Path) -> None:
    """What a batch does not have: a letter, an appointment slip and a closing sheet, made up."""
    for kind in SAMPLES:
        page = pypdfium2.PdfDocument(KINDS[kind](Made(6, seed=1)).pdf)[0]
        page.render(scale=1.6).to_pil().quantize(32).save(out / f"{kind}.png", optimize=True)


def draw_pages(home: Path, out: Path) -> None:
    """The pages as a supervisor sees them, and the public's at phone width."""
    port = free_port()
    username, password, _name = (home / "demo-logins.txt").read_text(encoding="utf-8").splitlines()[-1].split("\t")
    house = Household(home / "logs", {"TANNHA_HOME": str(home), "TANNHA_PORT": str(port)}, lambda *_args: None)
    house.start("pictures", ["serve"])
    house.start("pictures-worker", ["worker", "--queues", "intake,place,plan"])
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
            page = browser.new_page(viewport=OFFICE, locale="vi-VN")
            _open(page, f"http://127.0.0.1:{port}/dang-nhap")
            page.fill("input[name=username]", username)
            page.fill("input[name=password]", password)
            page.press("input[name=password]", "Enter")
            page.goto(f"http://127.0.0.1:{port}/dieu-phoi")
            page.wait_for_load_state("networkidle")
            whole = {"x": 0, "y": 0, "width": OFFICE["width"], "height": DISPATCH_HEIGHT}
            _save_small(page.screenshot(full_page=True, clip=whole), out / "dispatch.png")
            page.goto(f"http://127.0.0.1:{port}/ket-qua?ngan=tre-hen")
            _save_small(page.screenshot(), out / "inbox.png")
            _draw_desk(page, f"http://127.0.0.1:{port}", home, out)
            page.goto(f"http://127.0.0.1:{port}/thu-kem/1.001193/vi")
            _save_small(page.screenshot(), out / "letter-page.png")
            phone = browser.new_page(viewport=PHONE, locale="vi-VN")
            code, digits = _a_delivered(home)
            phone.goto(f"http://127.0.0.1:{port}/tra-cuu?ma={code}")
            phone.screenshot(path=out / "tracking.png")
            phone.goto(f"http://127.0.0.1:{port}/phong-bi-cua-toi?ma={code}")
            phone.fill("#so", digits)
            phone.press("#so", "Enter")
            phone.get_by_role("button", name="5").click()
            phone.wait_for_load_state("networkidle")
            phone.screenshot(path=out / "own-page.png")
            browser.close()
    finally:
        house.stop()


def _draw_desk(page: Page, site: str, home: Path, out: Path) -> None:
    """What the guide for clerks shows: a file that is looked at, the hand-over table, the closing of the day."""
    day = max((home / "days").iterdir())
    batch = min(folder.name for folder in day.iterdir() if folder.is_dir())
    tomorrow = date.fromisoformat(day.name) + timedelta(days=1)
    with TemporaryDirectory() as folder:
        sample = Path(folder) / "ket-qua.csv"
        write_sample_day(sample, tomorrow, count=40, seed=1)
        page.goto(f"{site}/ket-qua/tep")
        page.set_input_files("#tep", sample)
        page.get_by_role("button", name="Xem", exact=True).click()
    page.locator("#ra-sao").wait_for(timeout=60_000)
    _save_small(page.screenshot(), out / "upload.png")
    _draw_board(page, site, tomorrow, out)
    page.goto(f"{site}/ban-giao/{batch}")
    page.locator("#ma").type("EE473124829VN")
    page.keyboard.press("Enter")
    page.locator(".scan-bad").wait_for()
    _save_small(page.screenshot(), out / "hand-over.png")
    page.goto(f"{site}/ket-so?ngay={day.name}")
    _save_small(page.screenshot(), out / "closing-page.png")


def _draw_board(page: Page, site: str, day: date, out: Path) -> None:
    """The file is taken in and planned; then one envelope of a batch is moved to another courier by keyboard."""
    page.get_by_role("button", name=re.compile(r"^Nhận \d+ dòng")).click()
    page.get_by_role("link", name="Đến danh sách kết quả").wait_for(timeout=60_000)
    board = page.get_by_role("link", name=re.compile("^Các tuyến: ")).first
    for _ in range(60):
        # Workers place what has come in: until they have, there is nothing to gather.
        page.goto(f"{site}/dieu-phoi?ngay={day.isoformat()}")
        page.get_by_role("button", name="Gom kết quả đến hạn").click()
        if board.count():
            break
        page.wait_for_timeout(1000)
    page.get_by_role("button", name=re.compile("^Lập ")).first.click()
    page.locator(".stops").first.wait_for(state="attached", timeout=120_000)
    board.click()
    page.locator(".door").first.focus()
    page.keyboard.press("Alt+ArrowRight")
    page.get_by_role("button", name="Công bố", exact=True).wait_for()
    page.wait_for_load_state("networkidle")
    page.evaluate("window.scrollTo(0, 0)")
    _save_small(page.screenshot(), out / "board.png")


def _save_small(screenshot: bytes, to: Path) -> None:
    picture = Image.open(io.BytesIO(screenshot)).convert("RGB")
    picture.thumbnail((1000, DISPATCH_HEIGHT), Image.Resampling.LANCZOS)
    picture.quantize(64).save(to, optimize=True)


def _open(page: Page, url: str) -> None:
    """Open a page of a server that is just starting."""
    for _ in range(50):
        try:
            page.goto(url)
        except Exception:  # noqa: BLE001  any failure to connect means "not yet"
            page.wait_for_timeout(200)
        else:
            return
    raise SystemExit("The web server did not start; see logs/pictures.log in the demo home")


def _a_delivered(home: Path) -> tuple[str, str]:
    """The code of an envelope that was delivered, and the last digits of its recipient's telephone."""
    import sqlite3  # noqa: PLC0415  only this script reads the demo's database past the service

    with sqlite3.connect(home / "tannha.db") as connection:
        found = (
            "SELECT tracking_code, substr(phone, -3) FROM item JOIN consignment ON consignment.item_id = item.id "
            "JOIN result ON result.item_id = item.id WHERE journey = 'delivered'"
        )
        code, digits = connection.execute(found).fetchone()
        return str(code), str(digits)


if __name__ == "__main__":
    main()
