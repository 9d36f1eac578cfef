"""vietnam-address-converter 1.0.5. It has codes of its own, so wards are told apart by name and province."""

import json
import time
from pathlib import Path

from vietnam_address_converter import create_converter

from benchmarks.addresses import Answer, Answers

OURS = "Hà Nội"


def answer(texts: list[str], shared: Path) -> Answers:
    features = json.loads((shared / "data" / "new_wards_2025.geojson").read_text(encoding="utf-8"))["features"]
    codes = {feature["properties"]["name"]: feature["properties"]["code"] for feature in features}
    converter = create_converter()
    began = time.process_time()
    answers = []
    for text in texts:
        new = converter.auto_convert_address(text)["converted_new"] or {}
        ward, province = (new.get("ward") or {}).get("name"), (new.get("province") or {}).get("name")
        known = codes.get(ward, "other") if province == OURS else "other"
        answers.append(Answer(known if ward else None))
    return Answers(answers, time.process_time() - began)
