// Fetches from Platform Storage what the login put there and sends it as the proof that this is the same
// browser. The launch's secret in the answer goes to session.js and nowhere else (lti.md §5).
(function () {
  "use strict";
  const page = document.documentElement;
  page.classList.add("waiting");

  async function prove() {
    const wait = document.getElementById("proof").dataset;
    const message = { subject: "lti.get_data", key: wait.key };
    const found = await window.plansStorage(message, wait, 4000);
    if (!found || typeof found.value !== "string" || !found.value) return;
    window.plansStorage({ subject: "lti.put_data", key: wait.key }, wait, 1000); // it works once: clear it
    const answer = await fetch(wait.send, {
      method: "POST",
      headers: { "X-Plans-Page": "1" }, // an error comes as a fragment
      body: new URLSearchParams({ ticket: wait.ticket, proof: found.value }),
    });
    const kind = answer.headers.get("Content-Type") || "";
    if (answer.ok && kind.startsWith("application/json")) {
      const launch = await answer.json();
      await window.plansSession.begin(launch.address, launch.secret);
    } else {
      // Why not, or what somebody reads whom the LMS does not name.
      document.getElementById("refused").innerHTML = await answer.text();
    }
  }

  document.addEventListener("DOMContentLoaded", function () {
    prove()
      .catch(() => null)
      .then(() => page.classList.remove("waiting"));
  });
})();
