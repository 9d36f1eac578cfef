// The worker keeps the page for days without network. A newer page is taken over when nobody is in the middle of
// anything; what waits is not in the page, so nothing is lost with the old one.
export function stayNew({ worker, scope }, isIdle) {
  const had = navigator.serviceWorker.controller;
  let isNew = false;
  navigator.serviceWorker.register(worker, { scope }).catch((error) => console.error(error));
  navigator.serviceWorker.addEventListener("controllerchange", () => { isNew = Boolean(had); });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState !== "visible") return;
    if (isNew && isIdle()) location.reload();
    else navigator.serviceWorker.getRegistration().then((found) => found?.update()).catch(() => { /* no network */ });
  });
}
