"""`tannha address`: one for a clerk to look at, a file of them for a program; no database, no network."""

import csv
import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from delivery.addressing import ADDED
from delivery.cli import tannha

HOUSE = "Số 12 ngõ 68 Ngọc Thụy, P. Ngọc Thụy, Q. Long Biên, Hà Nội"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "Runner":
    """The command in an empty home that nobody has set up."""
    monkeypatch.setenv("TANNHA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TANNHA_LANGUAGE", "en")
    monkeypatch.chdir(tmp_path)
    return Runner()


class Runner:
    def __call__(self, *arguments: str | Path) -> Result:
        return CliRunner().invoke(tannha, ["address", *map(str, arguments)])

    def rows(self, source: Path, out: Path, encoding: str = "utf-8") -> list[dict[str, str]]:
        result = self("--file", source, "--out", out)
        assert result.exit_code == 0, result.output
        with out.open(encoding=encoding, newline="") as file:
            return list(csv.DictReader(file))


def test_one_address_is_shown_with_its_parts_and_both_wards(run: Runner) -> None:
    shown = run(HOUSE).output

    for text in ("Ngọc Thụy", "Bồ Đề (00118)", "Ngọc Thụy (00118)", "68"):
        assert text in shown
    assert "A person must decide" not in shown
    assert "A person must decide" in run("Tổ 6, P Phúc Đồng, Q Long Biên").output


def test_one_address_as_json_for_machines(run: Runner) -> None:
    document = json.loads(run(HOUSE, "--json").output)

    assert document["parts"]["alleys"] == "68"
    assert document["new_ward"] == {"code": "00118", "name": "Bồ Đề"}
    assert document["old_ward"] == {"code": "00118", "name": "Ngọc Thụy", "assumed": False}
    assert document["ask"] is False


def test_neither_or_both_of_address_and_file_is_a_mistake_of_use(run: Runner, tmp_path: Path) -> None:
    assert run().exit_code == 2
    assert run(HOUSE, "--file", tmp_path / "a.csv", "--out", "-").exit_code == 2
    assert run("--file", tmp_path / "a.csv").exit_code == 2


def test_a_file_comes_back_with_what_was_found_beside_what_was_there(run: Runner, tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text(
        f'id,address,phone\n7,"{HOUSE}",0912\n8,,\n9,"Tổ 6, P Phúc Đồng, Q Long Biên",x\n', encoding="utf-8"
    )

    first, empty, doubtful = run.rows(source, tmp_path / "out.csv")

    assert tuple(first)[3:] == ADDED
    assert (first["id"], first["address"], first["phone"]) == ("7", HOUSE, "0912")
    assert (first["new_ward_code"], first["old_ward_code"], first["street"]) == ("00118", "00118", "Ngọc Thụy")
    assert (first["house_number"], first["quality"], first["ask"]) == ("12", "alley", "")
    assert float(first["lat"]) == pytest.approx(21.05, abs=0.01)
    assert (empty["id"], empty["ask"], empty["quality"]) == ("8", "yes", "none")
    assert empty["note"]
    assert (doubtful["ask"], doubtful["new_ward_code"], doubtful["old_ward_code"]) == ("yes", "", "00151")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1258"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_any_separator_and_encoding_that_spreadsheets_write(
    run: Runner, tmp_path: Path, encoding: str, separator: str
) -> None:
    source = tmp_path / "in.csv"
    # Windows-1258 has no letters of its own for most tones.
    header = f"Ma{separator}{'dia_chi' if encoding == 'cp1258' else 'Địa chỉ'}"
    lines = [header, f'1{separator}"5 Ai Mo, P. Bo De, HN"']
    source.write_text("\n".join([*lines, ""]), encoding=encoding)

    out = tmp_path / "out.csv"
    assert run("--file", source, "--out", out).exit_code == 0
    (row,) = csv.DictReader(io.StringIO(out.read_text(encoding="utf-8-sig")), delimiter=separator)

    assert (row["Ma"], row["new_ward_code"], row["street"]) == ("1", "00118", "Ái Mộ")


def test_a_list_without_quotation_marks_is_a_list_of_whole_addresses(run: Runner, tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text(f"address\n{HOUSE}\n", encoding="utf-8")

    (row,) = run.rows(source, tmp_path / "out.csv")

    assert row["address"] == HOUSE
    assert row["new_ward_code"] == "00118"


def test_reading_our_own_output_again_adds_no_columns(run: Runner, tmp_path: Path) -> None:
    source, once, twice = (tmp_path / name for name in ("in.csv", "once.csv", "twice.csv"))
    source.write_text(f'id,address\n7,"{HOUSE}"\n', encoding="utf-8")
    run.rows(source, once)
    run.rows(once, twice)

    assert once.read_bytes() == twice.read_bytes()


def test_what_we_add_is_never_a_formula(run: Runner, tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text('address\n"đường =cmd|calc, P. Bồ Đề"\n"-1+1 phố @SUM, Long Biên"\n', encoding="utf-8")

    for row in run.rows(source, tmp_path / "out.csv"):
        assert not any(row[name].startswith(("=", "+", "@", "-")) for name in ADDED)


def test_the_output_is_a_stream_when_asked(run: Runner, tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text(f'address\n"{HOUSE}"\n', encoding="utf-8")

    result = run("--file", source, "--out", "-")

    (row,) = csv.DictReader(io.StringIO(result.stdout))
    assert row["new_ward_code"] == "00118"


def test_a_failure_leaves_what_was_there(run: Runner, tmp_path: Path) -> None:
    source, out = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text("name,phone\nAn,1\n", encoding="utf-8")
    out.write_text("precious", encoding="utf-8")

    result = run("--file", source, "--out", out)

    assert result.exit_code == 1
    assert "address" in result.output
    assert out.read_text(encoding="utf-8") == "precious"
    assert run("--file", tmp_path / "missing.csv", "--out", out).exit_code == 1
    assert run("--file", source, "--out", tmp_path / "no" / "such" / "folder.csv").exit_code == 1
