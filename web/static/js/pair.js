// The secret of the desk's picture stands behind the # of the address, where no server and no log sees it. From there it
// goes into the form, and out of the address and of what the browser remembers.
const form = document.getElementById("quet");

function take() {
  const secret = location.hash.slice(1);
  if (!secret) return;
  history.replaceState(null, "", location.pathname);
  form.elements.ma.value = secret;
  form.submit();
}

addEventListener("hashchange", take);
take();
