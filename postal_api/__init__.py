"""Postal services from the outside: item codes, orders, tracking events, signed callbacks, and a sandbox post.

This package stands alone: it knows nothing of certificates, wards or databases, and can be used by anyone who
connects a programme to VNPost. Start at `carrier` for what can be asked of a postal service, at `ngsp` for VNPost's
interface for public administration, at `webhook` for callbacks, and at `sandbox` for a post to practise with.
"""
