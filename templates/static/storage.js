// Platform Storage (LTI client-side postMessages): a few words kept by the LMS's page for our origin.
// plansStorage(message, place, wait): the LMS's answer, or null after `wait` milliseconds.
// place: target, a frame beside us or "_parent"; origins it may have, with a space between.
window.plansStorage = function (message, place, wait) {
  "use strict";
  const origins = place.origins.split(" ").filter(Boolean);
  const id = Array.from(crypto.getRandomValues(new Uint32Array(4)), String).join("-");

  function target() {
    if (place.target === "_parent") return window.parent;
    for (const near of [window.parent, window.top, window.opener]) {
      try {
        const frame = near && near.frames[place.target];
        if (frame && typeof frame.postMessage === "function") return frame;
      } catch (_error) {
        // no frame of that name there
      }
    }
    return null;
  }

  return new Promise(function (resolve) {
    function end(answer) {
      window.clearInterval(again);
      window.clearTimeout(late);
      window.removeEventListener("message", hear);
      resolve(answer);
    }
    function hear(event) {
      const answer = event.data;
      if (!origins.includes(event.origin) || !answer || answer.message_id !== id) return;
      if (answer.subject === message.subject + ".response") end(answer.error ? null : answer);
    }
    function ask() {
      const frame = target();
      // Only pages of these origins can read it; any other window drops the message.
      if (frame) origins.forEach((origin) => frame.postMessage({ ...message, message_id: id }, origin));
    }
    window.addEventListener("message", hear);
    const again = window.setInterval(ask, 200); // the LMS's frame may still be loading
    const late = window.setTimeout(end, wait, null);
    ask();
  });
};
