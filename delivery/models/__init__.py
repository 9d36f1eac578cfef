"""The tables. A model owns its own invariants; use cases are functions elsewhere."""

from delivery.models.base import Base
from delivery.models.carrier import (
    Amendment,
    AmendmentKind,
    AmendmentState,
    CarrierChoice,
    CarrierPace,
    CarrierWard,
    LearntCode,
)
from delivery.models.citizen import CitizenWord, Consent, OwnCode, Proving, WordKind
from delivery.models.dispatch import Batch, LeftOut, Manifest, Plan, PlanState, Route, Scan, Side, Signature, Stop
from delivery.models.door import Channel, DoorAct
from delivery.models.fee import FeeVersion
from delivery.models.identity import ProviderTie
from delivery.models.item import (
    Consignment,
    Custody,
    Item,
    Label,
    NumberRange,
    Printing,
    Resend,
    Submission,
    SubmitTry,
    TrackingEvent,
)
from delivery.models.letter import LetterText
from delivery.models.machine import MachineAnswer, MachineClient, MachineClientOffice, MachineKey, ResultChange
from delivery.models.message import Message, UnwantedAddress
from delivery.models.night import Night
from delivery.models.notice import Notice, NoticeChange, NoticeEndpoint, NoticeSending
from delivery.models.packing import ItemSeal, PackedResult
from delivery.models.person import AuditEntry, EndedLogin, Meta, RecoveryCode, Role, Staff
from delivery.models.phone import PairedPhone, Pairing
from delivery.models.place import ConfirmedDoor, PastFix, PlaceFix, ServiceAnswer
from delivery.models.printer import PrintChoice, PrintProfile
from delivery.models.privacy import (
    Breach,
    DataRequest,
    Decision,
    Erasure,
    Export,
    RequestKind,
    RetentionHold,
)
from delivery.models.result import ImportFile, Result, ResultVersion
from delivery.models.upload import Upload, UploadState
from delivery.models.view import SavedView
from delivery.models.ward import (
    Absence,
    CalendarException,
    Closure,
    Courier,
    Office,
    OfficeClosure,
    Procedure,
    Revision,
)
from delivery.models.work import Callback, Case, CaseKind, Errand, Feed, InboxState, Job, JobState, Worker

__all__ = [
    "Absence",
    "Amendment",
    "AmendmentKind",
    "AmendmentState",
    "AuditEntry",
    "Base",
    "Batch",
    "Breach",
    "CalendarException",
    "Callback",
    "CarrierChoice",
    "CarrierPace",
    "CarrierWard",
    "Case",
    "CaseKind",
    "Channel",
    "CitizenWord",
    "Closure",
    "ConfirmedDoor",
    "Consent",
    "Consignment",
    "Courier",
    "Custody",
    "DataRequest",
    "Decision",
    "DoorAct",
    "EndedLogin",
    "Erasure",
    "Errand",
    "Export",
    "FeeVersion",
    "Feed",
    "ImportFile",
    "InboxState",
    "Item",
    "ItemSeal",
    "Job",
    "JobState",
    "Label",
    "LearntCode",
    "LeftOut",
    "LetterText",
    "MachineAnswer",
    "MachineClient",
    "MachineClientOffice",
    "MachineKey",
    "Manifest",
    "Message",
    "Meta",
    "Night",
    "Notice",
    "NoticeChange",
    "NoticeEndpoint",
    "NoticeSending",
    "NumberRange",
    "Office",
    "OfficeClosure",
    "OwnCode",
    "PackedResult",
    "PairedPhone",
    "Pairing",
    "PastFix",
    "PlaceFix",
    "Plan",
    "PlanState",
    "PrintChoice",
    "PrintProfile",
    "Printing",
    "Procedure",
    "ProviderTie",
    "Proving",
    "RecoveryCode",
    "RequestKind",
    "Resend",
    "Result",
    "ResultChange",
    "ResultVersion",
    "RetentionHold",
    "Revision",
    "Role",
    "Route",
    "SavedView",
    "Scan",
    "ServiceAnswer",
    "Side",
    "Signature",
    "Staff",
    "Stop",
    "Submission",
    "SubmitTry",
    "TrackingEvent",
    "UnwantedAddress",
    "Upload",
    "UploadState",
    "WordKind",
    "Worker",
]
