// The line that is always there: what waits, and what the courier can do about it. A kind is a colour and a sign.
export function statusLine(net, count, t) {
  if (net === "log-in") return { kind: "stop", sign: "!", words: t(count ? "status_login" : "status_log_in", { count }) };
  if (net === "ended") return { kind: "stop", sign: "!", words: t(count ? "status_ended_waits" : "status_ended", { count }) };
  if (net === "broken") return { kind: "stop", sign: "!", words: t("status_broken", { count }) };
  if (count && net === "slow") return { kind: "wait", sign: "…", words: t("status_slow", { count }) };
  if (count) return { kind: "wait", sign: "…", words: t("status_waits", { count }) };
  return { kind: "good", sign: "✓", words: t(net === "away" ? "status_offline" : "status_done") };
}
