"""After a backup was put back nobody hears a second time what they were told before the books were lost."""

from datetime import timedelta
from pathlib import Path

from delivery.backup.afterwards import doubt_everything
from delivery.moments import now
from delivery.rules.lifecycle import Fact
from delivery.rules.messages import MessageState, Occasion
from tests.messages.conftest import Citizen, Telling
from tests.messages.servers import Gateway

IN_DOUBT, SENT = MessageState.IN_DOUBT, MessageState.SENT


def test_what_the_feed_tells_again_is_known_and_what_happens_from_now_on_is_told(
    telling: Telling, gateway: Gateway, tmp_path: Path
) -> None:
    citizen = Citizen.waits(telling("sms", sms_gateway=gateway.profile(tmp_path)), tmp_path)

    with citizen.service.database.write() as session:
        assert doubt_everything(session, now(), numbers=0).messages == 1
    citizen.hears(Fact.ATTEMPT_FAILED, ago=timedelta(hours=3))
    citizen.send(2)

    assert citizen.states() == [(Occasion.UNDER_WAY, IN_DOUBT), (Occasion.MISSED, IN_DOUBT)]
    assert gateway.sent == []

    citizen.hears(Fact.DELIVERED)
    citizen.send(2)

    assert citizen.states()[2:] == [(Occasion.DELIVERED, SENT)]
    assert len(gateway.sent) == 1
