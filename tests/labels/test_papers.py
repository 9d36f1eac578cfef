"""Papers are judged as they come out of the printer: every code decodes, every name is whole."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labels import CannotDraw, Party, draw_labels, draw_manifest, draw_route_sheets, draw_slips
from labels.__main__ import main
from labels.sample import sample_code, sample_labels, sample_manifest, sample_route_sheet, sample_slips
from labels.texts import TEXTS
from postal_api.s10 import ItemCode
from tests.labels.reading import black_outside, codes, words

LONG = Party(
    name="Công Tằng Tôn Nữ Huyền Trang Ngọc Quỳnh Như Nguyễn Phước Bảo Long Trần Lê Hoàng Ánh Tuyết Mai Phương",
    address="Căn hộ 1205, tầng 12, tòa nhà hỗn hợp chung cư cao tầng và dịch vụ thương mại Eco Home Phúc Lợi, số 1 "
    "ngách 53/20 ngõ 191 đường Nguyễn Văn Linh, tổ dân phố số 14, khu đất dự án phía sau trường tiểu học, gần cổng chợ",
    phone="0900 000 000",
    area="phường Phúc Lợi (cũ: phường Sài Đồng), Hà Nội",
)


def test_sample_codes_are_valid_item_codes() -> None:
    assert all(str(ItemCode.parse(sample_code(number))) == sample_code(number) for number in range(200))


def test_each_label_carries_its_item_code_and_its_qr_and_nothing_else() -> None:
    labels = sample_labels(25)

    assert codes(draw_labels(labels)) == [{label.item_code, label.qr} for label in labels]


def test_each_slip_route_stop_and_manifest_can_be_scanned() -> None:
    assert set().union(*codes(draw_slips(sample_slips(5)))) == {sample_code(number) for number in range(1, 6)}
    sheets = draw_route_sheets([sample_route_sheet(19), sample_route_sheet(1)])
    assert set().union(*codes(sheets)) == {sample_code(number) for number in range(1, 20)}
    assert codes(draw_manifest(sample_manifest(60))) == [{"BK0123456789"}] * 3


def test_the_longest_names_and_addresses_stay_whole_on_the_label() -> None:
    (label,) = sample_labels(1)

    page = " ".join(words(draw_labels([replace(label, receiver=LONG)]))[0].split())

    assert LONG.name in page
    assert LONG.address in page
    assert LONG.area in page


def test_long_texts_do_not_push_codes_or_boxes_off_any_paper() -> None:
    (label,), (slip,) = sample_labels(1), sample_slips(1)
    sheet, manifest = sample_route_sheet(2), sample_manifest(3)
    stops = tuple(replace(stop, receiver=LONG, note="ghi chú " * 60, must_show=LONG.address) for stop in sheet.stops)
    lines = tuple(replace(line, receiver=LONG.name, area=LONG.address) for line in manifest.lines)

    for pdf, margin in (
        (
            draw_labels(
                [replace(label, receiver=LONG, to_collect=1_234_567, slot="08:00-11:30; 13:30-17:00; 18:00-20:00")]
            ),
            2.5,
        ),
        (
            draw_slips(
                [replace(slip, receiver=LONG, must_show=LONG.address, references=("H26.41.118-261120-0007",) * 9)]
            ),
            5,
        ),
        (draw_route_sheets([replace(sheet, stops=stops)]), 5),
        (draw_manifest(replace(manifest, lines=lines)), 5),
    ):
        assert not black_outside(pdf, margin)
        assert all(codes(pdf))


@settings(max_examples=40, deadline=None)
@given(name=st.text(min_size=1, max_size=150), address=st.text(max_size=300))
def test_no_name_and_no_address_that_can_be_imported_spoils_a_paper(name: str, address: str) -> None:
    receiver = Party(name, address)
    (label,), (slip,) = sample_labels(1), sample_slips(1)
    sheet, manifest = sample_route_sheet(1), sample_manifest(1)

    assert codes(draw_labels([replace(label, receiver=receiver)])) == [{label.item_code, label.qr}]
    assert codes(draw_slips([replace(slip, receiver=receiver)])) == [{slip.item_code}]
    stops = (replace(sheet.stops[0], receiver=receiver, note=address),)
    assert codes(draw_route_sheets([replace(sheet, stops=stops)])) == [{sample_code(1)}]
    lines = (replace(manifest.lines[0], receiver=name, area=address),)
    assert codes(draw_manifest(replace(manifest, lines=lines))) == [{manifest.code}]


@pytest.mark.parametrize("count", [0, 1, 20, 21, 27, 28, 55])
def test_a_manifest_lists_every_envelope_once_and_has_room_for_both_signatures(count: int) -> None:
    pages = words(draw_manifest(sample_manifest(count)))

    listed = "".join(pages)
    assert all(listed.count(f"CH {sample_code(n)[2:5]} {sample_code(n)[5:8]}") >= 1 for n in range(1, count + 1))
    assert TEXTS["ward_signs"]["vi"] in pages[-1]
    assert f"Tổng cộng: {count} phong bì" in pages[-1]


def test_printing_again_prints_the_same_bytes() -> None:
    assert draw_labels(sample_labels(3)) == draw_labels(sample_labels(3))
    assert draw_route_sheets([sample_route_sheet(9)]) == draw_route_sheets([sample_route_sheet(9)])


def test_direction_marks_cannot_turn_an_address_round() -> None:
    (label,) = sample_labels(1)
    tricky = Party("An", "Số \u202e21\u202c phố Ái Mộ\u200b")

    assert "Số 21 phố Ái Mộ" in words(draw_labels([replace(label, receiver=tricky)]))[0]


def test_a_code_that_no_gun_can_read_is_refused() -> None:
    (label,) = sample_labels(1)
    for code in ("", "mã số", "x" * 41):
        with pytest.raises(CannotDraw):
            draw_labels([replace(label, item_code=code)])


def test_papers_speak_english_too() -> None:
    assert all({"vi", "en"} == set(texts) for texts in TEXTS.values())
    assert "HAND-OVER MANIFEST" in words(draw_manifest(sample_manifest(1), "en"))[0]


def test_sample_papers_are_made_from_the_command_line(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("papers")
    for kind in ("label", "slip", "manifest", "route-sheet"):
        out = folder / f"{kind}.pdf"
        assert main(["sample", "--kind", kind, "--count", "3", "--out", str(out)]) == 0
        assert codes(out.read_bytes())[0]
    assert main(["sample", "--out", str(folder / "nowhere" / "x.pdf")]) == 1
