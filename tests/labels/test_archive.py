"""Papers can be kept, searched, and read aloud: PDF/A-2b, fonts inside, parts in their order."""

import io
from functools import cache

import pikepdf
import pytest
from pikepdf.pdfa import validate_written

from labels.insert import Insert, draw_inserts
from labels.label import draw_labels
from labels.model import Party
from labels.paper import A4, Paper
from labels.sample import OFFICE, Made, sample_labels
from labels.samples import KINDS
from tests.labels.reading import said_besides, words
from tests.labels.test_lettering import VIETNAMESE

# Parts that may hold a part with text.
HOLDERS = {"/Sect", "/Document", "/TR", "/LI"}


@cache
def paper(kind: str) -> bytes:
    return KINDS[kind](Made(70, seed=4)).pdf


@pytest.mark.parametrize("kind", list(KINDS))
def test_papers_are_fit_for_an_archive(kind: str) -> None:
    report = validate_written(io.BytesIO(paper(kind)), "2b")

    assert report.passed, [str(finding) for finding in report.findings]


@pytest.mark.parametrize("kind", list(KINDS))
def test_everything_on_a_page_is_part_of_the_tree_or_decoration(kind: str) -> None:
    with pikepdf.open(io.BytesIO(paper(kind))) as file:
        tree = file.Root.StructTreeRoot
        pages = {
            int(leaf.Nums[at]): leaf.Nums[at + 1] for leaf in tree.ParentTree.Kids for at in range(0, len(leaf.Nums), 2)
        }
        for page in file.pages:
            marks, parts = 0, pages[int(page.obj.StructParents)]
            for step in pikepdf.parse_content_stream(page):
                operator = str(step.operator)
                if operator == "BDC":
                    part = parts[int(step.operands[1].MCID)]
                    assert (part.S, part.Pg.objgen) == (step.operands[0], page.obj.objgen)
                    assert str(part.P.S) in HOLDERS
                marks += {"BDC": 1, "BMC": 1, "EMC": -1}.get(operator, 0)
                # Nothing is shown outside of a mark, and no mark lies within another.
                assert marks == 1 or (marks == 0 and operator not in {"Tj", "S", "f", "B"})
        assert file.Root.MarkInfo.Marked
        assert str(file.Root.Lang) == "vi-VN"


def test_figures_are_described_and_the_table_has_headings() -> None:
    assert "Mã vạch CH" in said_besides(paper("label"))
    assert "Sơ đồ tuyến: 70 điểm" in said_besides(paper("route-sheet"))
    with pikepdf.open(io.BytesIO(paper("manifest"))) as file:
        kinds = [str(thing.S) for thing in file.objects if isinstance(thing, pikepdf.Dictionary) and "/S" in thing]
    assert kinds.count("/TR") == 2 * (70 + 3)
    assert kinds.count("/TH") == 2 * 9 * 3


def test_a_letter_has_headings_and_lists_whose_marks_are_told_apart_from_their_words() -> None:
    text = "# Chào\n\nMột đoạn.\n\n## Nhớ\n\n- một\n- hai\n\n1. ba\n"

    with pikepdf.open(io.BytesIO(draw_inserts([Insert(text, OFFICE)]))) as file:
        (letter,) = [file.Root.StructTreeRoot.K.K[0]]
        kinds = [str(part.S) for part in letter.K]
        entries = [[str(part.S) for part in entry.K] for entry in letter.K[3].K]
    assert kinds == ["/H1", "/P", "/H2", "/L", "/P"]
    assert entries == [["/Lbl", "/LBody"]] * 3


def test_a_code_within_a_paragraph_is_a_picture_of_it() -> None:
    paper = Paper(A4, "Thử")
    with paper.part("P"):
        paper.text(20, 20, "Mã:", 12)
        paper.barcode(40, 10, "CH100000009VN", 10)
        paper.text(20, 40, "hết", 12)

    with pikepdf.open(io.BytesIO(paper.finish())) as file:
        before, picture, after = file.Root.StructTreeRoot.K.K[0].K
        assert (int(before), str(picture.S), int(after)) == (0, "/Figure", 2)


def test_a_part_with_text_cannot_go_on_on_the_next_page() -> None:
    paper = Paper(A4, "Thử")
    with paper.part("P"):
        paper.text(20, 20, "chữ", 12)
        with pytest.raises(ValueError, match="ends on its page"):
            paper.next_page()


def test_every_letter_is_read_back() -> None:
    (label,) = sample_labels(1)
    alphabet = "".join(VIETNAMESE)

    page = words(
        draw_labels([label.__class__(label.item_code, label.qr, label.sender, Party("An", alphabet), "BD", 1, "B")])
    )

    assert alphabet in "".join(page[0].split())


def test_fonts_lie_inside_and_hold_only_what_is_used() -> None:
    with pikepdf.open(io.BytesIO(paper("label"))) as file:
        fonts = [thing for thing in file.objects if isinstance(thing, pikepdf.Dictionary) and "/FontFile2" in thing]
        assert {str(font.FontName)[8:] for font in fonts} == {"BeVietnamPro-Regular", "BeVietnamPro-Bold"}
        assert all(len(font.FontFile2.read_bytes()) < 40_000 for font in fonts)
