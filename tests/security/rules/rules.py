"""The rules, each with what it forbids; why something that looks like a breach is none stands in `EXCUSED`."""

import ast
import re
from collections.abc import Iterator

from tests.security.rules.reading import Breach, Module, Rule, calls, has, last_of, modules, name_of

SECRET = re.compile(r"(password|secret|token|signature|mac|digest|seal|hash|hashed|ticket|otp|csrf|fingerprint)$")
PERSONAL = frozenset({
    "recipient_name", "owner_name", "receiver_name", "phone", "email", "address", "address_text", "dossier_code",
    "username", "birth_date", "national_id", "note",
})  # fmt: skip
NETWORK = frozenset({"httpx", "http", "smtp", "smtplib", "carrier", "urlopen", "exchange", "socket"})
TRANSACTIONS = frozenset({"write", "begin"})
# Where (all below it) what looks like a breach is none, and why.
EXCUSED: dict[tuple[str, str], str] = {
    ("unpickled", "delivery/jobs/errands.py"): "opened only under the installation's own seal",
    ("unpickled", "routing/process.py"): "pipes between a process and its own child",
    ("chance", "delivery/sample_day.py"): "made-up people, the same for each seed",
    ("chance", "delivery/jobs/work.py"): "spreads retries, and nothing else",
    ("chance", "delivery/notices/sending.py"): "spreads retries, and nothing else",
    ("chance", "labels/sample"): "made-up people, the same for each seed",
    ("chance", "postal_api/sandbox/"): "a made-up post, the same for each seed",
    ("markup", "web/qr.py"): "a QR code that we draw of our own text, without any of it in letters",
    ("markup", "web/views/couriers.py"): "links whose every part is escaped where they are put together",
    ("sql text", "postal_api/sandbox/"): "made of the names of columns that stand in the code; values are bound",
    ("sql text", "delivery/migrations/versions/0020_the_board.py"): "made of names that stand beside it",
    ("sql text", "delivery/migrations/versions/0034_duties_towards_persons.py"): "made of names that stand beside it",
    ("sql text", "web/metrics.py"): "a number of seconds that stands in the code; SET takes no bound values",
    ("compared", "delivery/machines/answers.py"): "digests of what a machine asked for; nobody's secret",
    (
        "compared",
        "delivery/privacy/chain.py",
    ): "digests that everybody may know; the seal is compared in constant time",
    ("compared", "delivery/privacy/proof.py"): "digests of what was erased; nobody's secret",
    ("compared", "delivery/dispatch/printing.py"): "digests of what was printed; nobody's secret",
    ("compared", "delivery/intake/importing.py"): "digests of what a row says; nobody's secret",
    ("compared", "delivery/carriers.py"): "two settings of our own, while the service starts",
}


def sql_text(module: Module) -> Iterator[int]:
    """SQL that is put together from pieces of text: values are bound, never written into it."""
    for call in calls(module):
        runs = last_of(call) in {"execute", "exec_driver_sql", "executescript", "executemany"}
        if runs or name_of(call) in {"text", "sa.text", "sqlalchemy.text"}:
            for given in call.args[:1]:
                if _is_put_together(given):
                    yield call.lineno


def markup(module: Module) -> Iterator[int]:
    """Text that is declared to be safe without being a constant of ours."""
    if module.path.endswith(".html"):
        for number, line in enumerate(module.text.splitlines(), start=1):
            bare = re.sub(r"""("[^"{}]*"|'[^'{}]*')\s*\|\s*safe""", "", line)
            if re.search(r"\|\s*safe\b|autoescape\s+false", bare):
                yield number
        return
    for call in calls(module):
        if last_of(call) == "Markup" and call.args and not isinstance(call.args[0], ast.Constant):
            yield call.lineno
        if last_of(call) in {"render_template_string", "from_string"}:
            yield call.lineno


def endless(module: Module) -> Iterator[int]:
    """Calls over a network without an end of the waiting."""
    for call in calls(module):
        name = name_of(call)
        of_httpx = re.fullmatch(r"httpx\.(get|post|put|patch|delete|head|request|stream|Client|AsyncClient)", name)
        of_others = re.fullmatch(
            r"(smtplib\.)?SMTP(_SSL)?|(urllib\.request\.)?urlopen|http\.client\.HTTPS?Connection", name
        )
        if (of_httpx or of_others) and not has(call, "timeout"):
            yield call.lineno
        if name.endswith("create_connection") and len(call.args) < 2 and not has(call, "timeout"):
            yield call.lineno


def messages_from_views(module: Module) -> Iterator[int]:
    """Work that a page sends to the broker: the row in the database is the work, a message only wakes."""
    if module.path.startswith("web/"):
        for call in calls(module):
            if last_of(call) in {"delay", "apply_async", "send_task"} or has(call, "eta") or has(call, "countdown"):
                yield call.lineno


def shell(module: Module) -> Iterator[int]:
    """Commands that a shell reads: what stands in them would be read as more commands."""
    for call in calls(module):
        through = any(given.arg == "shell" and not _is_false(given.value) for given in call.keywords)
        if through or name_of(call) in {"os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput"}:
            yield call.lineno


def unpickled(module: Module) -> Iterator[int]:
    """Data that is read as a program."""
    forbidden = {"pickle.load", "pickle.loads", "marshal.load", "marshal.loads", "shelve.open", "yaml.load",
                 "yaml.unsafe_load", "eval", "exec", "dill.loads", "jsonpickle.decode"}  # fmt: skip
    for call in calls(module):
        if name_of(call) in forbidden or any(
            given.arg == "allow_pickle" and not _is_false(given.value) for given in call.keywords
        ):
            yield call.lineno


def chance(module: Module) -> Iterator[int]:
    """Chance that can be foretold; secrets are made with `secrets`."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import) and any(name.name == "random" for name in node.names):
            yield node.lineno
        if isinstance(node, ast.ImportFrom) and node.module == "random":
            yield node.lineno


def compared(module: Module) -> Iterator[int]:
    """Secrets compared letter by letter, so that the time it takes tells how many were right."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], (ast.Eq, ast.NotEq)):
            sides = [node.left, *node.comparators]
            if any(isinstance(side, ast.Constant) for side in sides) or any(_is_column(side) for side in sides):
                continue
            if any(SECRET.search(last_of(side)) for side in sides):
                yield node.lineno


def personal_logs(module: Module) -> Iterator[int]:
    """People in logs."""
    for call in calls(module):
        if re.fullmatch(r"(log|logger|logging|_log)\.(debug|info|warning|error|exception|critical|msg)", name_of(call)):
            told = [given.arg for given in call.keywords]
            told += [node.attr for part in call.args + [k.value for k in call.keywords] for node in ast.walk(part)
                     if isinstance(node, ast.Attribute)]  # fmt: skip
            if PERSONAL & set(filter(None, told)):
                yield call.lineno


def naive(module: Module) -> Iterator[int]:
    """Moments without a zone."""
    for call in calls(module):
        name = name_of(call)
        if name.endswith("datetime.now") and not call.args and not has(call, "tz"):
            yield call.lineno
        if name.endswith(("datetime.utcnow", "datetime.utcfromtimestamp", "date.today")):
            yield call.lineno


def talking_in_a_transaction(module: Module) -> Iterator[int]:
    """Calls over a network while a transaction that writes is open, as far as it can be read off the lines."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.With) and any(_opens(item.context_expr) for item in node.items):
            for inner in (inner for statement in node.body for inner in ast.walk(statement)):
                if isinstance(inner, ast.Call) and _talks(inner):
                    yield inner.lineno


def unlisted_routes(module: Module) -> Iterator[int]:
    """Pages that do not stand in the table of who may open what."""
    if not module.path.startswith("web/views/"):
        return
    from web.access import PAGES  # noqa: PLC0415  the table itself, read when it is asked for

    names = [
        str(call.args[0].value)
        for call in calls(module)
        if last_of(call) == "Blueprint" and isinstance(call.args[0], ast.Constant)
    ]
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef):
            routed = any(name_of(way).startswith("pages.") for way in node.decorator_list)
            if routed and not any(f"{name}.{node.name}" in PAGES for name in names):
                yield node.lineno


RULES: dict[str, Rule] = {
    "sql text": sql_text,
    "markup": markup,
    "endless": endless,
    "messages from views": messages_from_views,
    "shell": shell,
    "unpickled": unpickled,
    "chance": chance,
    "compared": compared,
    "personal logs": personal_logs,
    "naive": naive,
    "talking in a transaction": talking_in_a_transaction,
    "unlisted routes": unlisted_routes,
}


def breaches() -> list[Breach]:
    """Every breach in our code that nothing excuses."""
    return sorted(breach for module in modules() for breach in breaches_of(module))


def breaches_of(module: Module) -> Iterator[Breach]:
    for name, rule in RULES.items():
        if module.path.endswith(".html") and name != "markup":
            continue
        if not any(name == of and module.path.startswith(where) for of, where in EXCUSED):
            yield from (Breach(module.path, line, name) for line in rule(module))


def _is_put_together(given: ast.expr) -> bool:
    if isinstance(given, ast.JoinedStr):
        return True
    if isinstance(given, ast.BinOp) and isinstance(given.op, (ast.Add, ast.Mod)):
        return any(isinstance(part, (ast.Constant, ast.JoinedStr)) for part in (given.left, given.right))
    return (
        isinstance(given, ast.Call)
        and isinstance(given.func, ast.Attribute)
        and given.func.attr == "format"
        and isinstance(given.func.value, ast.Constant)
    )


def _is_false(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is False


def _is_column(side: ast.expr) -> bool:
    """A column of a mapped class: the database compares."""
    return isinstance(side, ast.Attribute) and isinstance(side.value, ast.Name) and side.value.id[:1].isupper()


def _opens(context: ast.expr) -> bool:
    return (
        isinstance(context, ast.Call)
        and last_of(context) in TRANSACTIONS
        and ("database" in name_of(context) or "sessions" in name_of(context))
    )


def _talks(call: ast.Call) -> bool:
    return bool(NETWORK & set(name_of(call).split(".")))
