"""The courier scans envelopes with the phone's camera: a real one for the browser, whose picture is a printed label."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pypdfium2
import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import ARGUMENTS, CHROMIUM, Site
from tests.browser.round_app import a_phone, open_round, phone, ready
from tests.browser.test_in_chromium import barriers, overflows
from tests.browser.test_own_team import round_of, small_targets

__all__ = ["phone"]
pytestmark = pytest.mark.browser
SCAN = "Quét bằng máy ảnh"
SEEN = (640, 480)


def label_of(site: Site, number: int) -> Image.Image:
    """The code on the label of a stop and what stands around it, as a camera sees it that is held over the envelope."""
    (stop,) = [each for each in round_of(site).stops if each.stop.position == number]
    for page in pypdfium2.PdfDocument(site.day.papers["labels.pdf"]):
        picture: Image.Image = page.render(scale=4).to_pil().convert("L")
        for code in zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)):
            if stop.sent.reference in code.text:
                corner = code.position.top_left
                return picture.crop((corner.x - 160, corner.y - 120, corner.x + 480, corner.y + 360))
    raise AssertionError("no label holds the code of this stop")


def film(picture: Image.Image, file: Path) -> Path:
    """A film that shows one picture, as Chromium takes it for what a camera sees (YUV4MPEG2)."""
    width, height = picture.size
    frame = b"FRAME\n" + picture.tobytes() + b"\x80" * (width * height // 2)
    file.write_bytes(f"YUV4MPEG2 W{width} H{height} F10:1 Ip A1:1 C420jpeg\n".encode() + 5 * frame)
    return file


@contextmanager
def phone_that_sees(picture: Image.Image, chromium: Browser, folder: Path) -> Iterator[BrowserContext]:
    camera = (
        "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={film(picture, folder / 'camera.y4m')}",
    )  # fmt: skip
    browser = chromium.browser_type.launch(executable_path=CHROMIUM, args=[*ARGUMENTS, *camera])
    with a_phone(browser) as context:
        yield context
    browser.close()


def reader_is_kept(page: Page) -> None:
    """Wait until the phone has what it needs to read codes without network."""
    page.wait_for_function(
        """async () => {
          const names = (await caches.keys()).filter((name) => name.startsWith("tannha-doc-ma-"));
          return names.length === 1 && (await (await caches.open(names[0])).keys()).length === 2;
        }"""
    )


def test_a_label_before_the_camera_leads_to_its_door_without_network_as_well(
    team_site: Site, chromium: Browser, tmp_path: Path
) -> None:
    with phone_that_sees(label_of(team_site, 3), chromium, tmp_path) as seeing:
        page = open_round(team_site, seeing)
        reader_is_kept(page)
        seeing.set_offline(True)
        page.reload()
        ready(page)

        page.get_by_role("button", name=SCAN).click()

        expect(page.get_by_role("heading", level=1)).to_contain_text("Điểm 3")
        expect(page.locator("#may-anh")).to_be_empty()
        assert page.evaluate("document.querySelector('video')") is None


def test_an_envelope_of_another_round_is_named_and_nothing_is_opened(
    team_site: Site, chromium: Browser, tmp_path: Path
) -> None:
    picture = label_of(team_site, 2)
    with team_site.day.service.database.write() as session:
        (stop,) = [each for each in round_of(team_site).stops if each.stop.position == 2]
        session.merge(stop.sent).item_code = "RP900000005VN"
        session.merge(stop.sent).reference = "ANOTHER00001"
    with phone_that_sees(picture, chromium, tmp_path) as seeing:
        page = open_round(team_site, seeing)

        page.get_by_role("button", name=SCAN).click()

        expect(page.locator("#noi")).to_contain_text("không thuộc tuyến này")
        expect(page.get_by_role("heading", level=1)).to_contain_text("Tuyến của tôi")


def test_while_it_looks_the_camera_is_closed_by_key_and_by_button_and_when_nobody_looks(
    team_site: Site, chromium: Browser, tmp_path: Path
) -> None:
    with phone_that_sees(Image.new("L", SEEN, 128), chromium, tmp_path) as seeing:
        page = open_round(team_site, seeing)
        for close in (
            lambda: page.keyboard.press("Escape"),
            lambda: page.get_by_role("button", name="Tắt máy ảnh").click(),
            lambda: page.evaluate("location.hash = '#khac'"),
        ):
            page.get_by_role("button", name=SCAN).click()
            page.wait_for_function("() => document.querySelector('video')?.videoWidth > 0")
            page.evaluate("() => { window.track = document.querySelector('video').srcObject.getTracks()[0]; }")
            assert barriers(page) == []
            assert overflows(page) == 0
            assert small_targets(page) == []
            close()
            expect(page.locator("#may-anh")).to_be_empty()
            assert page.evaluate("() => window.track.readyState") == "ended"


def test_a_phone_without_a_camera_says_so_and_the_code_is_typed(team_site: Site, phone: BrowserContext) -> None:
    page = open_round(team_site, phone)

    page.get_by_role("button", name=SCAN).click()

    expect(page.locator("#noi")).to_contain_text("Máy ảnh chưa được phép dùng, hoặc máy không có")
    page.fill("#ma", "2")
    page.press("#ma", "Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Điểm 2")


def test_where_the_reader_was_never_fetched_it_is_asked_for_with_network(
    team_site: Site, chromium: Browser, tmp_path: Path
) -> None:
    with phone_that_sees(label_of(team_site, 1), chromium, tmp_path) as seeing:
        seeing.route("**/doc-ma/**", lambda route: route.abort())
        page = open_round(team_site, seeing)
        page.get_by_role("button", name=SCAN).click()
        expect(page.locator("#noi")).to_contain_text("mở trang này một lần khi có mạng")
        seeing.unroute("**/doc-ma/**")

        page.get_by_role("button", name=SCAN).click()

        expect(page.get_by_role("heading", level=1)).to_contain_text("Điểm 1")


def test_the_way_to_a_door_is_for_the_phones_own_map_and_names_nobody(team_site: Site, phone: BrowserContext) -> None:
    page = open_round(team_site, phone)

    way = page.get_by_role("link", name="Chỉ đường").first.get_attribute("href") or ""

    (stop,) = [each for each in round_of(team_site).stops if each.stop.position == 1]
    with team_site.day.service.database.read() as session:
        result = session.merge(stop.stop, load=False).item.first
        assert result.lat is not None
        assert result.lon is not None
        here = f"{result.lat:.5f},{result.lon:.5f}"
    assert way == f"geo:{here}?q={here}"
