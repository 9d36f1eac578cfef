"""What the columns of a result are called on the pages."""

from delivery.i18n import marked

FIELD_WORDS: dict[str, str] = {
    "dossier_code": marked("Dossier"),
    "copy_no": marked("Copy number"),
    "office": marked("Office"),
    "procedure_code": marked("Procedure code"),
    "procedure_name": marked("Procedure"),
    "owner_name": marked("Owner"),
    "recipient_name": marked("Recipient"),
    "phone": marked("Phone"),
    "email": marked("E-mail"),
    "address": marked("Address"),
    "result_date": marked("Completed"),
    "promised_date": marked("Promised by"),
    "wants_delivery": marked("Home delivery"),
    "slots": marked("Time slots"),
    "payer": marked("Who pays the postage"),
    "note": marked("Note"),
    "lat": marked("Latitude"),
    "lon": marked("Longitude"),
}
