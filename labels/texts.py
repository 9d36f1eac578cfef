"""The words on the papers, Vietnamese and English; the language is the reader's at the door: Vietnamese unless said."""

from typing import Literal

Language = Literal["vi", "en"]

TEXTS: dict[str, dict[Language, str]] = {
    "bars_alt": {"vi": "Mã vạch {code}", "en": "Bar code {code}"},
    "qr_alt": {"vi": "Mã QR", "en": "QR code"},
    "from": {"vi": "Người gửi", "en": "From"},
    "to": {"vi": "Người nhận", "en": "To"},
    "route": {"vi": "Tuyến", "en": "Route"},
    "stop": {"vi": "Điểm", "en": "Stop"},
    "slot": {"vi": "Giờ giao", "en": "Deliver"},
    "any_time": {"vi": "Cả ngày", "en": "Any time"},
    "collect": {"vi": "THU {money} đ", "en": "COLLECT {money} đ"},
    "collect_nothing": {"vi": "KHÔNG THU TIỀN", "en": "NOTHING TO PAY"},
    "content": {"vi": "Tài liệu hành chính", "en": "Administrative documents"},
    "hand_over_in_person": {"vi": "Phát tận tay, có ký nhận", "en": "Hand over in person, against signature"},
    "return": {"vi": "Không phát được: hoàn về nơi gửi", "en": "Undeliverable: return to sender"},
    "batch": {"vi": "Chuyến", "en": "Batch"},
    "label_version": {"vi": "Nhãn {version} · Bản in {copy}", "en": "Label {version} · Print {copy}"},
    "labels_title": {"vi": "Nhãn bưu gửi", "en": "Envelope labels"},
    "slip_title": {"vi": "PHIẾU GỬI", "en": "DELIVERY SLIP"},
    "slip_foot": {
        "vi": "Xem phong bì còn nguyên niêm phong rồi mới ký.",
        "en": "Check that the envelope is still sealed before you sign.",
    },
    "reference": {"vi": "Bên trong: kết quả của hồ sơ", "en": "Inside: results of dossier"},
    "handed_to": {"vi": "Giao cho ai", "en": "Hand over to"},
    "promised": {"vi": "hẹn trả {day}", "en": "promised for {day}"},
    "payer": {"vi": "Cước và người trả", "en": "Postage and payer"},
    "tracking": {"vi": "Mã tra cứu của người nhận", "en": "Tracking code for the receiver"},
    "sender_signs": {"vi": "Bên gửi (Một cửa)", "en": "Sender (one-stop counter)"},
    "clerk_signs": {"vi": "Bưu chính nhận gửi", "en": "Postal clerk"},
    "receiver_signs": {"vi": "Người nhận", "en": "Receiver"},
    "signed": {"vi": "Ký, họ tên", "en": "Signature, name"},
    "name": {"vi": "Họ tên", "en": "Name"},
    "identity": {"vi": "Giấy tờ đã xuất trình", "en": "Paper shown"},
    "received_at": {"vi": "Ngày, giờ nhận", "en": "Date and time"},
    "signature": {"vi": "Ký nhận", "en": "Signature"},
    "attempt": {"vi": "Chưa phát được lần {number}", "en": "Failed attempt {number}"},
    "attempted_at": {"vi": "Ngày, giờ", "en": "Date, time"},
    "courier_signs": {"vi": "Bưu tá ký", "en": "Courier signs"},
    "complain": {
        "vi": "Chưa nhận được, phong bì rách hay thu sai tiền: gọi {where}, đọc số hiệu bưu gửi.",
        "en": "Not received, torn, or charged wrongly? Call {where} and give the item code.",
    },
    "manifest_title": {"vi": "BẢNG KÊ BÀN GIAO", "en": "HAND-OVER MANIFEST"},
    "number": {"vi": "TT", "en": "No."},
    "item_code": {"vi": "Số hiệu bưu gửi", "en": "Item code"},
    "receiver": {"vi": "Người nhận", "en": "Receiver"},
    "area": {"vi": "Nơi nhận", "en": "Area"},
    "service": {"vi": "Dịch vụ", "en": "Service"},
    "grams": {"vi": "KL (g)", "en": "Grams"},
    "fee": {"vi": "Cước (đ)", "en": "Fee (đ)"},
    "money": {"vi": "Thu hộ (đ)", "en": "Collect (đ)"},
    "check": {"vi": "Đủ", "en": "Ok"},
    "total": {
        "vi": "Tổng cộng: {count} phong bì, {weight} g, cước {fee} đ, thu hộ {money} đ",
        "en": "Total: {count} envelopes, {weight} g, postage {fee} đ, to collect {money} đ",
    },
    "subtotal": {
        "vi": "{service}: {count} phong bì, {weight} g, cước {fee} đ, thu hộ {money} đ",
        "en": "{service}: {count} envelopes, {weight} g, postage {fee} đ, to collect {money} đ",
    },
    "copy_ward": {"vi": "Liên {copy}/{copies} – bên giao giữ", "en": "Copy {copy} of {copies} – for the ward"},
    "copy_carrier": {"vi": "Liên {copy}/{copies} – bên nhận giữ", "en": "Copy {copy} of {copies} – for the carrier"},
    "handed_from": {"vi": "Bên giao", "en": "From"},
    "handed_over_to": {"vi": "Bên nhận", "en": "To"},
    "handed_over_at": {
        "vi": "Bàn giao lúc …… giờ …… ngày …… / …… / ………, niêm phong nguyên vẹn, thiếu: …………………………",
        "en": "Handed over at ……:…… on …… / …… / ………, seals unbroken, missing: …………………………",
    },
    "ward_signs": {"vi": "Đại diện bên giao (Một cửa)", "en": "For the ward"},
    "carrier_signs": {"vi": "Đại diện bên nhận (Bưu chính)", "en": "For the carrier"},
    "proof": {"vi": "Mã kiểm bảng kê", "en": "Proof of this list"},
    "signature_hint": {"vi": "Ký, ghi rõ họ tên, giờ nhận", "en": "Signature, name, time"},
    "scan_all": {
        "vi": "Quét mã này = nhận đủ cả bảng kê",
        "en": "Scanning this code accepts the whole list",
    },
    "route_title": {"vi": "PHIẾU TUYẾN PHÁT", "en": "ROUTE SHEET"},
    "sketch_alt": {
        "vi": "Sơ đồ tuyến: {count} điểm, theo thứ tự ghi ở danh sách",
        "en": "Sketch of the route: {count} stops in the order of the list",
    },
    "north": {"vi": "B", "en": "N"},
    "landmark": {"vi": "Gần", "en": "Near"},
    "leaves": {"vi": "Đi", "en": "Leaves"},
    "back": {"vi": "Về", "en": "Back"},
    "stops": {"vi": "Số điểm", "en": "Stops"},
    "outcome": {"vi": "Kết quả", "en": "Outcome"},
    "delivered": {"vi": "Đã phát", "en": "Delivered"},
    "absent": {"vi": "Vắng", "en": "Absent"},
    "refused": {"vi": "Từ chối", "en": "Refused"},
    "wrong_address": {"vi": "Sai địa chỉ", "en": "Wrong address"},
    "page": {"vi": "Trang {page}/{pages}", "en": "Page {page} of {pages}"},
    "day": {"vi": "Ngày", "en": "Day"},
    "courier": {"vi": "Bưu tá", "en": "Courier"},
    "text_too_long": {"vi": "quá dài, tối đa {most} ký tự", "en": "too long, {most} letters at most"},
    "text_not_known": {
        "vi": "không dùng được ở đây: {what} (chỉ dùng tiêu đề, đoạn văn, danh sách, **đậm**, *nghiêng*)",
        "en": "cannot be used here: {what} (only headings, paragraphs, lists, **bold**, *italics*)",
    },
    "text_list_too_deep": {"vi": "danh sách chỉ lồng được hai cấp", "en": "lists go two levels deep only"},
    "text_placeholder": {
        "vi": "chỉ có thể điền {{ten}}, không phải {what}",
        "en": "only {{ten}} can be filled in, not {what}",
    },
    "text_letter": {"vi": "phông chữ không có ký tự {letter}", "en": "the font lacks the letter {letter}"},
    "citizen": {"vi": "Quý ông/bà", "en": "Sir or Madam"},
    "insert_title": {"vi": "Thư kèm theo", "en": "Enclosed letter"},
    "appointment_title": {"vi": "PHIẾU HẸN TRẢ TẠI NHÀ", "en": "APPOINTMENT SLIP"},
    "appointment_code": {"vi": "Mã tra cứu", "en": "Your tracking code"},
    "appointment_scan": {
        "vi": "Quét mã bên trái, hoặc nhờ người quét giúp, để xem phong bì đang ở đâu.",
        "en": "Scan the code on the left, or ask somebody to, and see where your envelope is.",
    },
    "appointment_call": {"vi": "Không có điện thoại thông minh? Xin gọi:", "en": "No smartphone? Please call:"},
    "appointment_digits": {
        "vi": "Khi gọi, chỉ cần đọc mã tra cứu và 3 số cuối điện thoại đã đăng ký.",
        "en": "When you call, give the tracking code and the last 3 digits of your registered phone number only.",
    },
    "appointment_beware": {
        "vi": "Không ai được hỏi quý vị mã OTP, số tài khoản hay mật khẩu.",
        "en": "Nobody may ask you for one-time passwords, account numbers or passwords.",
    },
    "calibration_title": {"vi": "TRANG CĂN CHỈNH", "en": "CALIBRATION PAGE"},
    "calibration_offset": {
        "vi": "Hai vạch 0 của thước phải cách mép giấy đúng 10 mm. Lệch bao nhiêu, nhập bấy nhiêu: "
        "tannha printer adjust TÊN --right … --down …",
        "en": "Both zero marks lie exactly 10 mm from the paper's edges. Enter what differs: "
        "tannha printer adjust NAME --right … --down …",
    },
    "calibration_bars": {
        "vi": "Quét từ dưới lên. Máy in và máy quét tốt đọc được từ 2 chấm; nhãn dùng vạch 3 chấm ở 203 dpi.",
        "en": "Scan from below upwards. A good printer and scanner read from 2 dots; labels use 3 dots at 203 dpi.",
    },
    "appointment_promised": {"vi": "Hẹn trả", "en": "Promised for"},
    "calibration_dots": {"vi": "Vạch {dots} chấm = {width} mm", "en": "Bars of {dots} dots = {width} mm"},
}


def say(language: Language, name: str, **facts: object) -> str:
    """The text of that name, with its facts filled in."""
    return TEXTS[name][language].format(**facts)


def money(amount: int) -> str:
    """Đồng as people here write them: 26.000."""
    return f"{amount:,}".replace(",", ".")
