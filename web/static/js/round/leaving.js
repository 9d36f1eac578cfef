// Logging out of a phone that keeps a round: the round goes; what still waits stays, sealed, for the one who said it.
export async function leave(store, owner, token, address, t) {
  const count = await store.waiting(owner);
  if (count && !confirm(t("leave_warning", { count }))) return false;
  try {
    const body = new URLSearchParams({ csrf_token: token });
    const answer = await fetch(address, { method: "POST", body, redirect: "manual" });
    if (answer.type !== "opaqueredirect" && !answer.ok && answer.status !== 400) throw new Error("not logged out");
  } catch {
    alert(t("leave_needs_network"));
    return false;
  }
  await store.wipeRounds();
  return true;
}
