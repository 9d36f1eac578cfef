"""Postal services from the outside: item codes, orders, tracking events, signed callbacks, and a sandbox post.

This package stands alone: it knows nothing of certificates, wards or databases, and can be used by anyone who
connects a programme to VNPost or Viettel Post. Start at `carrier` for what can be asked of a postal service; `ngsp` is
VNPost's interface for public administration, `myvnpost` the one for its customers, `viettelpost` Viettel Post's, and
`own_team` the ward's own people. `statuses` holds what each code means, `webhook` VNPost's callbacks, `fees` a table of
postage, and `sandbox` a post to practise with.
"""
