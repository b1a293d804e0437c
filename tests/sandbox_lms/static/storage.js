// Platform Storage (LTI Client Side postMessages): a tool keeps its state here, by its own origin.
window.addEventListener("message", function (event) {
  const asked = event.data || {};
  const key = event.origin + " " + asked.key;
  const answer = { subject: asked.subject + ".response", message_id: asked.message_id };
  if (asked.subject === "lti.capabilities") {
    answer.supported_messages = ["lti.capabilities", "lti.put_data", "lti.get_data"].map(function (subject) {
      return { subject: subject, frame: "post_message_forwarding" };
    });
  } else if (asked.subject === "lti.put_data") {
    window.sessionStorage.setItem(key, asked.value);
    answer.key = asked.key;
    answer.value = asked.value;
  } else if (asked.subject === "lti.get_data") {
    answer.key = asked.key;
    answer.value = window.sessionStorage.getItem(key);
  } else {
    return;
  }
  event.source.postMessage(answer, event.origin);
});
