"""The rules find what they forbid, and find nothing in our code."""

import pytest

from tests.security.rules.reading import Module, modules
from tests.security.rules.rules import EXCUSED, RULES, breaches, breaches_of

# For each rule, lines that break it, and lines that look like it and are right.
BITES: dict[str, tuple[list[str], list[str]]] = {
    "sql text": (
        ['session.execute(sa.text(f"SELECT {name}"))', 'db.execute("SELECT * FROM item WHERE id = %s" % number)',
         'connection.execute("SELECT " + name)', 'sa.text("x {}".format(name))'],
        ['session.execute(sa.text("SELECT :name"), {"name": name})', 'canvas.text(f"{name}")'],
    ),
    "markup": (["Markup(said)", "Markup(f'<b>{name}</b>')", "render_template_string(said)"], ['Markup("<b>{}</b>")']),
    "endless": (
        ["httpx.get(url)", "httpx.Client()", "smtplib.SMTP(host, 25)", "urlopen(url)", "socket.create_connection(at)"],
        ["httpx.get(url, timeout=5)", "httpx.Client(timeout=3)", "socket.create_connection(at, 5)"],
    ),
    "messages from views": (["send_code.delay(1)", "task.apply_async(eta=now)"], ["put(session)"]),
    "shell": (["subprocess.run(line, shell=True)", "os.system(line)", "os.popen(line)"], ["subprocess.run([a, b])"]),
    "unpickled": (["pickle.loads(raw)", "yaml.load(raw)", "eval(said)", "np.load(x, allow_pickle=True)"],
                  ["json.loads(raw)", "np.load(x, allow_pickle=False)"]),
    "chance": (["import random", "from random import choice"], ["import secrets"]),
    "compared": (
        ["ok = token == given", "ok = row.code_hash != hashed(typed)", "ok = staff.password_hash == known"],
        ["ok = compare_digest(token, given)", "q = RecoveryCode.code_hash == hashed", 'ok = token == ""'],
    ),
    "personal logs": (["log.info('told', phone=number)", "log.warning('x', who=result.recipient_name)"],
                      ["log.info('told', count=3)"]),
    "naive": (["datetime.now()", "datetime.utcnow()", "date.today()"], ["datetime.now(UTC)", "datetime.now(tz=UTC)"]),
    "talking in a transaction": (
        ["with service.database.write() as session:\n    service.carrier.submit(order)",
         "with here.database.write() as session:\n    if x:\n        httpx.post(url, timeout=3)"],
        ["with service.database.write() as session:\n    put(session)\nservice.carrier.submit(order)"],
    ),
    "unlisted routes": (
        ['pages = Blueprint("public", __name__)\n@pages.get("/x")\ndef backdoor() -> str:\n    return ""'],
        ['pages = Blueprint("public", __name__)\n@pages.get("/")\ndef home() -> str:\n    return ""'],
    ),
}  # fmt: skip


def found(rule: str, text: str, path: str = "web/views/x.py") -> bool:
    return any(breach.rule == rule for breach in breaches_of(Module(path, text)))


def test_every_rule_has_its_examples() -> None:
    assert BITES.keys() == RULES.keys()


@pytest.mark.parametrize(("rule", "text"), [(rule, text) for rule, (bad, _good) in BITES.items() for text in bad])
def test_a_rule_bites(rule: str, text: str) -> None:
    assert found(rule, text)


@pytest.mark.parametrize(("rule", "text"), [(rule, text) for rule, (_bad, good) in BITES.items() for text in good])
def test_what_is_right_is_left_alone(rule: str, text: str) -> None:
    assert not found(rule, text)


@pytest.mark.parametrize(("line", "bad"), [
    ("{{ name|safe }}", True), ("{{ ('<b>' ~ name)|safe }}", True), ("{% autoescape false %}", True),
    ("{{ ' id=\"x\"'|safe }}", False), ("{{ name }}", False),
])  # fmt: skip
def test_a_page_declares_nobody_s_text_to_be_safe(line: str, bad: bool) -> None:
    assert found("markup", line, "web/templates/x.html") is bad


def test_our_code_breaks_no_rule() -> None:
    assert [str(breach) for breach in breaches()] == []


def test_every_excuse_is_still_needed() -> None:
    everything = list(modules())
    for (rule, where), why in EXCUSED.items():
        assert why
        assert any(list(RULES[rule](each)) for each in everything if each.path.startswith(where)), (rule, where)
