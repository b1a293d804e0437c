// Keeps what is typed in a form with data-draft while it is typed, on the server, for its author alone.
// It sends through session.js, which knows the session where cookies are off.
(function () {
  "use strict";
  const WAIT = 1500;
  const waiting = new Map(); // form → timer
  const sending = new Map(); // form → AbortController

  function typed(form) {
    const body = new URLSearchParams({ form: form.dataset.draft });
    for (const one of form.elements) {
      const left = ["file", "submit", "button"].includes(one.type) || one.dataset.unkept !== undefined;
      const off = (one.type === "checkbox" || one.type === "radio") && !one.checked;
      if (one.name && !left && !off) body.append("f-" + one.name, one.value);
    }
    return body;
  }

  function say(form, words) {
    const place = form.querySelector("[data-kept]");
    if (place) place.textContent = words ? place.dataset.kept : place.dataset.unkept;
  }

  function keep(form, leaving) {
    window.clearTimeout(waiting.get(form));
    waiting.delete(form);
    if (sending.has(form)) sending.get(form).abort();
    const control = new AbortController();
    sending.set(form, control);
    document.dispatchEvent(
      new CustomEvent("plans:keep", {
        detail: {
          url: form.dataset.draftTo,
          options: { method: "POST", body: typed(form), keepalive: leaving, signal: control.signal },
          done: (well) => say(form, well),
        },
      })
    );
  }

  function stop(form) {
    window.clearTimeout(waiting.get(form));
    waiting.delete(form);
    if (sending.has(form)) sending.get(form).abort();
  }

  function later(event) {
    const form = event.target.form;
    if (!form || !form.dataset || !form.dataset.draft) return;
    window.clearTimeout(waiting.get(form));
    waiting.set(form, window.setTimeout(keep, WAIT, form, false));
  }

  document.addEventListener("input", later);
  document.addEventListener("change", later);
  document.addEventListener("submit", (event) => stop(event.target), true);
  document.addEventListener("visibilitychange", function () {
    if (document.visibilityState === "hidden") Array.from(waiting.keys()).forEach((form) => keep(form, true));
  });
  window.addEventListener("pagehide", () => Array.from(waiting.keys()).forEach((form) => keep(form, true)));
})();
