// Canvas's post_message_forwarding frame: it lies on the origin of the OIDC authorization address and
// only carries messages between a tool's frame beside it and the LMS's page above it.
window.addEventListener("message", function (event) {
  const message = event.data;
  if (!message || typeof message !== "object") return;
  if (event.source === window.parent) {
    const tool = window.parent.frames[message.toolFrame];
    const answer = { ...message };
    delete answer.toolFrame;
    if (tool) tool.postMessage(answer, message.toolOrigin);
    return;
  }
  for (let number = 0; number < window.parent.frames.length; number++) {
    if (window.parent.frames[number] === event.source) {
      window.parent.postMessage({ ...message, toolOrigin: event.origin, toolFrame: number }, window.location.origin);
    }
  }
});
