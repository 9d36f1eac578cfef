"""What makes a PDF fit for an archive (PDF/A-2, ISO 19005-2): its description in XMP and the colours it means."""

from functools import cache
from xml.sax.saxutils import escape  # it writes  # nosec B406

from PIL import ImageCms

from labels.pdf import PdfFile, text_string

CREATOR = "Tận Nhà"
PART, CONFORMANCE = 2, "B"
LANGUAGES = {"vi": "vi-VN", "en": "en-GB"}


def describe(file: PdfFile, title: str, language: str) -> tuple[str, int]:
    """Write what is the same for every document; returns the catalogue's entries and the number of the info object.

    No date is written: the same content makes the same bytes.
    """
    metadata = file.add_stream("/Type/Metadata/Subtype/XML", _xmp(title, language).encode(), compressed=False)
    profile = file.add_stream("/N 3", colours())
    info = file.add(f"<</Title{text_string(title)}/Creator{text_string(CREATOR)}>>")
    entries = (
        f"/Metadata {metadata} 0 R/Lang({LANGUAGES[language]})/MarkInfo<</Marked true>>"
        "/ViewerPreferences<</DisplayDocTitle true/PrintScaling/None>>"
        f"/OutputIntents[<</Type/OutputIntent/S/GTS_PDFA1/OutputConditionIdentifier(sRGB)/Info(sRGB)"
        f"/DestOutputProfile {profile} 0 R>>]"
    )
    return entries, info


@cache
def colours() -> bytes:
    """The sRGB profile of Little CMS, without the day on which it was made."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    # ICC.1:2010, 7.2.8: twelve bytes of date and time.
    profile[24:36] = b"\x07\xe8\x00\x01\x00\x01\x00\x00\x00\x00\x00\x00"
    return bytes(profile)


def _xmp(title: str, language: str) -> str:
    return f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">
<dc:format>application/pdf</dc:format>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{escape(title)}</rdf:li></rdf:Alt></dc:title>
<dc:language><rdf:Bag><rdf:li>{LANGUAGES[language]}</rdf:li></rdf:Bag></dc:language>
<xmp:CreatorTool>{CREATOR}</xmp:CreatorTool>
<pdfaid:part>{PART}</pdfaid:part>
<pdfaid:conformance>{CONFORMANCE}</pdfaid:conformance>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>"""
