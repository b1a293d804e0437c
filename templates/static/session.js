// The session of one launch in the browser (lti.md §5). Forms are sent without leaving the page, so that
// an ended session or a lost line takes away nothing that was typed. Where the browser keeps no cookies,
// the launch's secret lives in this closure only: it goes out as a header, pages are swapped instead of
// loaded, and forms marked data-native (downloads, what leads back to the LMS) carry it in their body.
// It never stands in an address.
(function () {
  "use strict";
  const HEADER = "X-Plans-Launch";
  const FIELD = "plans_launch";
  const words = document.currentScript.dataset;
  const scripts = new Set(Array.from(document.scripts, (script) => script.src));
  let secret = "";
  let here = place(window.location);

  function place(url) {
    return url.pathname + url.search;
  }

  function root() {
    const found = window.location.pathname.match(/^\/s\/[^/]+\//);
    return found ? found[0] : null;
  }

  function isOurs(url) {
    return url.origin === window.location.origin && root() !== null && url.pathname.startsWith(root());
  }

  async function ask(url, options) {
    const headers = { "X-Plans-Page": "1", ...(secret ? { [HEADER]: secret } : {}) };
    return fetch(url, { ...options, headers, cache: "no-store" });
  }

  // ---- what an answer does to the page

  function show(text, url, push) {
    const page = new DOMParser().parseFromString(text, "text/html");
    if (push && place(url) !== here) window.history.pushState(null, "", url);
    here = place(url);
    document.title = page.title;
    for (const name of ["lang", "dir"]) {
      document.documentElement.setAttribute(name, page.documentElement.getAttribute(name) || "");
    }
    document.documentElement.classList.remove("waiting");
    const fresh = Array.from(page.scripts, (script) => script.src).filter((src) => src && !scripts.has(src));
    document.body.replaceWith(document.adoptNode(page.body));
    fresh.forEach(run);
    if (window.htmx) window.htmx.process(document.body);
    showPictures();
    const spot = url.hash && document.getElementById(decodeURIComponent(url.hash.slice(1)));
    const focus = document.querySelector("[autofocus]") || spot || document.getElementById("main");
    if (focus) {
      if (!focus.hasAttribute("tabindex") && !focus.matches("a,button,input,select,textarea")) focus.tabIndex = -1;
      focus.focus({ preventScroll: true });
    }
    if (spot) spot.scrollIntoView();
    else window.scrollTo(0, 0);
  }

  function run(src) {
    const script = document.createElement("script");
    script.src = src;
    document.body.append(script);
  }

  // Says something above `near` (a form) and leaves everything else as it is.
  function say(fragment, near) {
    document.querySelectorAll("[data-said]").forEach((old) => old.remove());
    const box = document.createElement("div");
    box.dataset.said = "";
    box.innerHTML = fragment;
    if (near) near.before(box);
    else document.getElementById("main").prepend(box);
    box.scrollIntoView({ block: "nearest" });
  }

  function sayOffline(near) {
    const notice = document.createElement("p");
    notice.className = "notice notice-error";
    notice.setAttribute("role", "alert");
    notice.textContent = words.offline;
    say(notice.outerHTML, near);
  }

  async function go(url, options, push, near) {
    let answer, text;
    try {
      answer = await ask(url, options);
      if (!(answer.headers.get("Content-Type") || "").startsWith("text/html")) {
        save(await answer.blob(), answer);
        return;
      }
      text = await answer.text();
    } catch (_error) {
      sayOffline(near);
      return;
    }
    const address = new URL(answer.url);
    address.hash = new URL(url, document.baseURI).hash;
    if (/^\s*<!doctype/i.test(text)) show(text, address, push);
    else say(text, near); // an error: what was typed stays where it is
  }

  // A file, asked for by a link where cookies are off.
  function save(blob, answer) {
    const name = (answer.headers.get("Content-Disposition") || "").match(/filename="?([^";]+)/);
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name ? name[1] : "";
    link.click();
    window.setTimeout(URL.revokeObjectURL, 60000, link.href);
  }

  // ---- what people do

  // Attributes, not properties: a field called "target" or "method" hides the form's own.
  function says(element, name) {
    return element.getAttribute(name) || "";
  }

  async function send(form, url, submitter) {
    if (form.dataset.busy) return;
    form.dataset.busy = "1";
    if (submitter) submitter.setAttribute("aria-busy", "true");
    const data = new FormData(form, submitter);
    if (says(form, "method").toLowerCase() !== "post") {
      url.search = new URLSearchParams(data).toString();
      await go(url, {}, true, form);
    } else {
      const body = says(form, "enctype") === "multipart/form-data" ? data : new URLSearchParams(data);
      await go(url, { method: "POST", body: body }, true, form);
    }
    delete form.dataset.busy;
    if (submitter) submitter.removeAttribute("aria-busy");
  }

  // The browser itself sends a download, or what leads back to the LMS: the secret goes in the body.
  function sendNative(form) {
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name: FIELD, value: secret });
    form.append(field);
    window.setTimeout(() => field.remove());
  }

  document.addEventListener("submit", function (event) {
    const form = event.target;
    const url = new URL((event.submitter && says(event.submitter, "formaction")) || says(form, "action"), document.baseURI);
    if (event.defaultPrevented || !isOurs(url)) return;
    const posted = says(form, "method").toLowerCase() === "post";
    if (form.hasAttribute("data-native")) {
      if (secret && posted) sendNative(form);
      return;
    }
    if (says(form, "target") || (!posted && !secret)) return;
    event.preventDefault();
    send(form, url, event.submitter);
  });

  document.addEventListener("click", function (event) {
    const link = secret && event.target.closest ? event.target.closest("a[href]") : null;
    if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
    const url = new URL(says(link, "href"), document.baseURI);
    if (says(link, "target") || !isOurs(url) || (url.hash && place(url) === here)) return;
    event.preventDefault();
    go(url, {}, true);
  });

  window.addEventListener("popstate", function () {
    if (place(window.location) !== here) go(window.location.href, {}, false);
  });

  // ---- what is kept while it is typed (static/autosave.js)

  document.addEventListener("plans:keep", async function (event) {
    const { url, options, done } = event.detail;
    const address = new URL(url, document.baseURI);
    if (!isOurs(address)) return;
    try {
      done((await ask(address, options)).ok);
    } catch (error) {
      if (error.name !== "AbortError") done(false);
    }
  });

  // ---- our own pictures: a browser without cookies cannot ask for them by itself

  async function showPictures() {
    for (const picture of document.querySelectorAll("img[data-ours]")) {
      const address = new URL(picture.dataset.ours, document.baseURI);
      picture.removeAttribute("data-ours");
      if (!isOurs(address)) continue;
      if (!secret) {
        picture.src = address;
        continue;
      }
      try {
        const answer = await ask(address, {});
        if (answer.ok) picture.src = URL.createObjectURL(await answer.blob());
      } catch (_error) {
        // its words stand in its place
      }
    }
  }

  // ---- what htmx asks for by itself

  document.addEventListener("htmx:config:request", function (event) {
    const asked = event.detail.ctx.request;
    if (secret && isOurs(new URL(asked.action, document.baseURI))) asked.headers[HEADER] = secret;
  });

  document.addEventListener("htmx:before:response", function (event) {
    if (secret && event.detail.ctx.response.headers.get("HX-Refresh") === "true") {
      event.preventDefault(); // loading the page anew would forget the secret
      go(window.location.href, {}, false);
    }
  });

  showPictures();

  window.plansSession = {
    // A launch whose browser keeps no cookies begins: its first page replaces this one.
    begin: function (address, word) {
      secret = word;
      window.history.replaceState(null, "", address);
      here = place(window.location);
      delete window.plansSession;
      return go(address, {}, false);
    },
  };
})();
