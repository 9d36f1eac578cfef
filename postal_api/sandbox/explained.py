"""What the sandbox post does as documented, and what it assumes; `python -m postal_api.sandbox --explain` prints it."""

EXPLANATION = """\
The sandbox post: VNPost and Viettel Post to practise with. Nothing here is an official answer of either.

Faces, all on one port and on the same books
    NGSP/LGSP, VNPost for public administration   /token and /apiVNPostNGSP/p1.0/order/{post,cancel,tracking,price}
        national: Authorization: Bearer, seventeen keys, the post numbers the item
        provincial: header access_token, ItemCode and FlagConfig besides
    MyVNPost, VNPost for its customers             /MYVNP_API/...
    Viettel Post                                   /v2/user/..., /v2/order/...

Documented, in public sources of the carriers or their integrators
    NGSP: Basic credentials and grant_type=client_credentials; the keys of an order; Status 100 for accepted; the
        parameters of cancelling and tracking; RESTHeart's form of the feed with 24 hexadecimal digits as cursor;
        StatusCode 4 for delivered.
    MyVNPost: the addresses, the header `token`, the keys of orders, records, corrections and histories; statuses 0 to
        29; case types 00, 01, 02; lists in one place and objects in another; masking with +; the form and the signature
        of a callback, and that only its first record is signed; no cancelling after collection.
    Viettel Post: the addresses, the header `Token`, the envelope, TYPE 4 for cancelling; the callback's keys, its
        secret in the body, and the statuses.

Assumed, to be compared with the real carriers
    NGSP: Status 101 for an order that exists already (integrators treat it as success); every other Status (102 a field
        is missing or wrong, 103 no valid item code, 104 the item code belongs to another order, 105 cancelled, 106 no
        such order, 107 collected already) and its Message, with HTTP 200; all StatusCodes but 4; the form of EventTime;
        that the feed is sorted by its ids; the address of the price.
    MyVNPost: that a second saleOrderCode makes a second order; HTTP 400 in Spring's form; an empty list for what is not
        known; the item codes; `updatedDate` as the event's time; prices; communes' codes; that a correction is pending
        once and then accepted until the item is out; that a cancellation may become such a case; when callbacks are
        sent again.
    Viettel Post: the keys of an order; that a second ORDER_NUMBER makes a second order; messages; prices.

Only here, under /sandbox/
    POST collect  {"itemCodes": [...], "at": iso}  the scan gun at the hand-over; only now a journey begins
    POST clock    {"now": iso}                     set the clock
    POST habits   {"habits": {"garbage": 0.5}}     switch on exactly these, with the share of occasions
    GET  ledger   every order, its state, and how often it was sent in: the oracle of a test
    GET  idle     whether the day has been played: pending_callbacks, next_event_in, clock, day_over
    GET  public-key.pem                            the key that callbacks are signed with
"""
