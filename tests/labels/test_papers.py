"""Papers are judged as they come out of the printer: every code decodes, every name is whole."""

import json
from dataclasses import replace
from pathlib import Path

import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labels.__main__ import main
from labels.errors import CannotDraw
from labels.label import SHEETS, draw_labels, spaced
from labels.manifest import draw_manifest, manifest_pages
from labels.model import Party
from labels.proof import manifest_proof
from labels.route_sheet import draw_route_sheets
from labels.sample import Made, sample_code, sample_labels, sample_manifest, sample_route_sheet, sample_slips
from labels.samples import KINDS
from labels.slip import draw_slips
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


@pytest.mark.parametrize("kind", list(KINDS))
def test_every_page_decodes_to_its_data_on_a_203_dpi_printer(kind: str) -> None:
    pdf, expected = KINDS[kind](Made(24, seed=7))

    assert codes(pdf) == [set(page) for page in expected]


@pytest.mark.parametrize(("sheet", "skip"), [("2", 1), ("4", 3), ("8", 0), ("8", 5)])
def test_labels_on_a_sheet_begin_where_the_used_ones_end(sheet: str, skip: int) -> None:
    places = SHEETS[sheet].places
    pdf, expected = KINDS["label"](Made(places, seed=2, sheet=sheet, skip=skip))

    assert codes(pdf) == [set(page) for page in expected]
    assert len(expected[0]) == 2 * (places - skip)
    assert not black_outside(pdf, 4)


def test_more_places_than_a_sheet_has_cannot_be_skipped() -> None:
    for skip in (-1, 4):
        with pytest.raises(CannotDraw):
            draw_labels(sample_labels(1), sheet=SHEETS["4"], skip=skip)


def test_a_label_shows_three_digits_of_the_telephone_and_a_private_one_no_name() -> None:
    (label,) = sample_labels(1)
    label = replace(label, receiver=Party("Nguyễn Thị Ánh", "Số 1 phố Ái Mộ", "0912 345 678"), version=3, copy=2)

    (public,), (private,) = words(draw_labels([label])), words(draw_labels([label], private=True))

    assert "*** *** 678" in public
    assert "345" not in public
    assert "Nguyễn Thị Ánh" in public
    assert "Nhãn 3 · Bản in 2" in public
    assert "N*** T*** Á***" in private
    assert "Nguyễn" not in private
    assert "678" not in private


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


@settings(max_examples=15, deadline=None)
@given(name=st.text(min_size=1, max_size=150), address=st.text(max_size=300))
def test_no_name_and_no_address_that_can_be_imported_spoils_a_paper(name: str, address: str) -> None:
    receiver = Party(name, address, name, address, name)
    (label,), (slip,) = sample_labels(1), sample_slips(1)
    sheet, manifest = sample_route_sheet(1), sample_manifest(1)
    stops = (replace(sheet.stops[0], receiver=receiver, note=address, landmark=name),)
    lines = (replace(manifest.lines[0], receiver=name, area=address, service=name),)

    assert codes(draw_labels([replace(label, receiver=receiver, sender=receiver)])) == [{label.item_code, label.qr}]
    assert codes(draw_slips([replace(slip, receiver=receiver, sender=receiver)])) == [{slip.item_code}]
    assert codes(draw_route_sheets([replace(sheet, stops=stops)])) == [{sample_code(1)}]
    listed = draw_manifest(replace(manifest, lines=lines, sender=receiver), copies=1)
    assert codes(listed) == [{manifest.code, manifest_proof(manifest.code, manifest.digest)}]


def test_a_name_of_ten_thousand_letters_is_cut_where_everybody_sees_it() -> None:
    (label,) = sample_labels(1)
    endless = replace(label.receiver, name="Nguyễn Phước " * 800, address="Ẵ" * 10_000)

    pdf = draw_labels([replace(label, receiver=endless)])

    assert words(pdf)[0].count("…") == 2
    assert codes(pdf) == [{label.item_code, label.qr}]


@pytest.mark.parametrize("count", [0, 1, 20, 21, 22, 28, 29, 55, 200])
def test_a_manifest_lists_every_envelope_once_for_each_side_and_ends_with_signatures(count: int) -> None:
    pages = words(draw_manifest(sample_manifest(count)))

    half = len(pages) // 2
    for page, copy in enumerate((pages[:half], pages[half:]), start=1):
        listed = "".join(copy)
        assert all(listed.count(spaced(sample_code(number))) == 1 for number in range(1, count + 1))
        assert f"Liên {page}/2" in copy[0]
        assert f"Trang {half}/{half}" in copy[-1]
        assert TEXTS["ward_signs"]["vi"] in copy[-1]
        assert f"Tổng cộng: {count} phong bì" in copy[-1]
        # Signatures under an empty table could be laid to any list.
        assert copy[-1].count("CH 0") >= min(count, 3)


def test_twenty_envelopes_and_two_signatures_are_one_page() -> None:
    assert len(manifest_pages(sample_manifest(20))) == 1
    assert len(manifest_pages(sample_manifest(2000))) == 72


def test_a_manifest_sums_up_each_kind_of_service() -> None:
    page = words(draw_manifest(sample_manifest(8)))[0]

    assert "HCC: 6 phong bì, 300 g, cước 156.000 đ, thu hộ 0 đ" in page
    assert "HCC thu hộ: 2 phong bì, 100 g, cước 52.000 đ, thu hộ 52.000 đ" in page


def test_no_stop_lies_across_the_fold_of_a_route_sheet() -> None:
    fold_mm, clear = 297 / 2, 1.5
    for page in pypdfium2.PdfDocument(draw_route_sheets([sample_route_sheet(13)])):
        picture = page.render(scale=4).to_pil().convert("L")
        top, bottom = (round((fold_mm + side) / 25.4 * 72 * 4) for side in (-clear, clear))
        assert picture.crop((0, top, picture.width, bottom)).getextrema() == (255, 255)


@pytest.mark.parametrize("kind", list(KINDS))
def test_printing_again_prints_the_same_bytes(kind: str) -> None:
    assert KINDS[kind](Made(9)) == KINDS[kind](Made(9))


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


@pytest.mark.parametrize("kind", list(KINDS))
def test_sample_papers_and_what_they_say_come_from_the_command_line(kind: str, tmp_path: Path) -> None:
    out, data = tmp_path / "paper.pdf", tmp_path / "paper.json"

    assert main(["sample", "--kind", kind, "--count", "3", "--seed", "5", "--out", str(out), "--data", str(data)]) == 0

    said = json.loads(data.read_text(encoding="utf-8"))
    assert [page["page"] for page in said] == list(range(1, len(said) + 1))
    assert codes(out.read_bytes()) == [set(page["codes"]) for page in said]


@pytest.mark.parametrize("kind", list(KINDS))
def test_of_nothing_there_is_one_empty_page_and_of_one_the_usual(kind: str) -> None:
    for count in (0, 1):
        pdf, expected = KINDS[kind](Made(count))
        assert codes(pdf) == [set(page) for page in expected]


@pytest.mark.parametrize(
    "absurd",
    [("--count", "-1"), ("--count", "100001"), ("--count", "1e3"), ("--kind", "passport"), ("--seed", "x"),
     ("--sheet", "3"), ("--language", "fr"), ("--skip", "")],
)  # fmt: skip
def test_absurd_arguments_are_refused_with_the_usage(absurd: tuple[str, str], tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as refused:
        main(["sample", *absurd, "--out", str(tmp_path / "paper.pdf")])

    assert refused.value.code == 2
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("skip", ["-1", "8", "999999999"])
def test_places_that_a_sheet_does_not_have_cannot_be_skipped(skip: str, tmp_path: Path) -> None:
    assert main(["sample", "--sheet", "8", "--skip", skip, "--out", str(tmp_path / "paper.pdf")]) == 1


def test_a_sample_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    assert main(["sample", "--out", str(tmp_path / "nowhere" / "x.pdf")]) == 1
