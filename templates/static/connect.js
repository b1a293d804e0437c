// "Connect grades" opens the LMS's page in a window of its own; this page then waits for its answer.
// (htmx would hold the form back if it listened to `submit` itself.)
document.addEventListener("submit", function (event) {
  if (!event.target.matches("form[data-window]")) return;
  const waits = document.getElementById("connecting");
  if (waits) window.setTimeout(() => waits.dispatchEvent(new Event("asked")), 300);
});
