"""The hand-over table in a real browser: a scan gun, a network that goes away, two signatures."""

import pytest
import sqlalchemy as sa
from playwright.sync_api import Locator, Page, expect

from delivery.models import Consignment, Scan, Signature
from tests.browser.conftest import Site
from tests.browser.test_in_chromium import barriers, overflows

pytestmark = pytest.mark.browser


def gun(page: Page, code: str) -> None:
    """A scan gun is a quick keyboard that ends with Enter, wherever the cursor is."""
    page.keyboard.type(code)
    page.keyboard.press("Enter")


def draw(page: Page, canvas: Locator) -> None:
    """A line, as a finger or the mouse draws it."""
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 120, box["y"] + 60, steps=5)
    page.mouse.up()


def enter(site: Site, page: Page) -> list[str]:
    site.log_in(page)
    page.goto(f"{site.url}/dieu-phoi?ngay={site.day.day}")
    page.get_by_role("link", name=f"Bàn giao {site.day.batch}").click()
    expect(page.locator("#ma")).to_be_focused()
    # Until its script runs, the form takes a scan as well, but answers with a new page.
    page.wait_for_load_state()
    return site.day.item_codes()


def free_of_barriers(page: Page) -> None:
    assert (page.url, barriers(page), overflows(page)) == (page.url, [], False)


def handed_over(site: Site) -> int:
    with site.day.service.database.read() as session:
        return session.scalar(sa.select(sa.func.count()).where(Consignment.handed_over_in.is_not(None))) or 0


def test_a_gun_scans_one_after_the_other_and_both_sides_sign(told_site: Site, page: Page) -> None:
    first, second, *rest = enter(told_site, page)
    free_of_barriers(page)
    gun(page, first)
    expect(page.locator("#noi")).to_have_text(f"{first}: đã bàn giao")
    page.locator("h1").click()  # the cursor is nowhere; the gun does not mind
    gun(page, second)
    expect(page.locator("#noi")).to_have_text(f"{second}: đã bàn giao")
    gun(page, first)
    expect(page.locator("#noi")).to_contain_text("đã được quét trước đó")
    gun(page, "EE999999999VN")
    expect(page.locator("#bi-tu-choi li")).to_have_text(["EE999999999VN: không phải mã của chúng ta"])
    expect(page.locator("#con-thieu li")).to_have_count(len(rest))
    expect(page.locator("#so [data-so='done']")).to_have_text("2")
    free_of_barriers(page)

    page.fill("#ten-carrier", "Lê Văn Bưu")
    draw(page, page.locator("canvas[data-for='net-carrier']"))
    page.get_by_role("button", name="Kết thúc bàn giao").click()

    expect(page.get_by_text(f"Còn {len(rest)} phong bì ở phường")).to_be_visible()
    expect(page.get_by_role("img", name="Chữ ký của Lê Văn Bưu")).to_be_visible()
    free_of_barriers(page)
    assert handed_over(told_site) == 2


def test_while_the_network_is_away_nothing_scanned_is_lost_or_counted_twice(told_site: Site, page: Page) -> None:
    first, second, third, *rest = enter(told_site, page)
    gun(page, first)
    expect(page.locator("#noi")).to_have_text(f"{first}: đã bàn giao")

    page.context.set_offline(True)
    gun(page, second)
    expect(page.locator("#mang")).to_contain_text("1 lượt quét đang chờ")
    gun(page, third)
    gun(page, third)
    expect(page.locator("#noi")).to_contain_text("vừa quét rồi")
    expect(page.locator("#mang")).to_contain_text("2 lượt quét đang chờ")
    free_of_barriers(page)
    # Both sides sign all the same: it waits behind the scans, and is signed for them.
    page.fill("#ten-carrier", "Lê Văn Bưu")
    page.get_by_role("button", name="Kết thúc bàn giao").click()
    expect(page.locator("#noi")).to_contain_text("Đã ký, giữ trong máy này")
    expect(page.locator("#mang")).to_be_visible()
    assert handed_over(told_site) == 1
    page.context.set_offline(False)
    expect(page.locator("#con-thieu li")).to_have_count(len(rest))
    expect(page.locator("#mang")).to_be_hidden()
    expect(page.locator("#ky-nhan").get_by_text("Lê Văn Bưu")).to_contain_text("3 phong bì")

    # An answer that was lost on its way: the page asks again, and the scan counts once.
    lost: list[str] = []

    def lose(route: object) -> None:
        if not lost:
            lost.append(route.fetch().text())  # type: ignore[attr-defined]
            route.abort()  # type: ignore[attr-defined]
        else:
            route.continue_()  # type: ignore[attr-defined]

    page.route("**/quet", lose)
    gun(page, rest[0])
    expect(page.locator("#noi")).to_have_text(f"{rest[0]}: đã bàn giao")
    assert '"good":true' in lost[0].replace(" ", "")
    with told_site.day.service.database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Scan)) == 4
        # The ward's name was in its field already; each side signed once, for what was scanned by then.
        assert session.scalars(sa.select(Signature.counted)).all() == [3, 3]


def test_whoever_was_logged_out_in_the_middle_finds_the_scans_again(told_site: Site, page: Page) -> None:
    first, *rest = enter(told_site, page)
    page.context.clear_cookies()
    gun(page, first)
    expect(page.locator("#mang")).to_contain_text("Phiên đăng nhập đã hết")
    assert handed_over(told_site) == 0

    told_site.log_in(page)
    page.goto(f"{told_site.url}/ban-giao/{told_site.day.batch}")
    expect(page.locator("#con-thieu li")).to_have_count(len(rest))
    assert handed_over(told_site) == 1
