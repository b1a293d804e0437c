// Platform Storage as Canvas keeps it (ui/shared/lti/jquery): by the tool's origin, in localStorage,
// at most 500 keys and 4096 characters a page; an empty value clears; every wrong message gets an error.
(function () {
  const KEYS = 500;
  const CHARACTERS = 4096;
  const used = {};

  function name(origin, key) {
    return "lti|platform_storage|" + origin + "|" + key;
  }

  function put(origin, key, value) {
    const so_far = (used[origin] = used[origin] || { keys: 0, characters: 0 });
    const size = key.length + value.length;
    if (so_far.keys >= KEYS || so_far.characters + size > CHARACTERS) {
      return { error: { code: "storage_exhaustion" } };
    }
    so_far.keys += 1;
    so_far.characters += size;
    window.localStorage.setItem(name(origin, key), value);
    return { key: key, value: value };
  }

  function clear(origin, key) {
    const old = window.localStorage.getItem(name(origin, key));
    if (old && used[origin]) {
      used[origin].keys = Math.max(0, used[origin].keys - 1);
      used[origin].characters = Math.max(0, used[origin].characters - key.length - old.length);
    }
    window.localStorage.removeItem(name(origin, key));
    return { key: key };
  }

  function answerTo(message, origin) {
    const frame = "post_message_forwarding";
    if (message.subject === "lti.capabilities") {
      const subjects = ["lti.capabilities", "lti.put_data", "lti.get_data", "lti.frameResize"];
      const storage = ["lti.put_data", "lti.get_data"];
      const one = (subject) => (storage.includes(subject) ? { subject: subject, frame: frame } : { subject: subject });
      return { supported_messages: subjects.map(one) };
    }
    if (message.subject !== "lti.put_data" && message.subject !== "lti.get_data") return null;
    for (const field of ["key", "message_id"]) {
      if (!message[field]) {
        return { error: { code: "bad_request", message: "Missing required '" + field + "' field" } };
      }
    }
    if (message.subject === "lti.get_data") {
      return { key: message.key, value: window.localStorage.getItem(name(origin, message.key)) };
    }
    return message.value ? put(origin, message.key, message.value) : clear(origin, message.key);
  }

  window.addEventListener("message", function (event) {
    const message = event.data;
    if (!message || typeof message.subject !== "string" || message.subject.endsWith(".response")) return;
    const forwarded = event.source === window.frames.post_message_forwarding;
    const origin = forwarded ? message.toolOrigin : event.origin;
    const said = answerTo(message, origin);
    if (!said) return;
    const answer = { subject: message.subject + ".response", ...said };
    if (message.message_id) answer.message_id = message.message_id;
    if (forwarded) Object.assign(answer, { toolOrigin: origin, toolFrame: message.toolFrame });
    event.source.postMessage(answer, event.origin);
  });
})();
