// Finds out where this browser can keep the state of a login, then goes on to the LMS (lti.md §5):
// Platform Storage, else a Partitioned cookie; where neither works the page offers a new window.
(function () {
  "use strict";
  const page = document.documentElement;
  page.classList.add("waiting");

  function cookieLives() {
    const kinds = ["Secure; SameSite=None; Partitioned"];
    if (window.location.protocol === "http:") kinds.push("SameSite=Lax"); // a development machine
    return kinds.some(function (kind) {
      document.cookie = "plans_probe=1; Path=/lti; " + kind;
      const lives = document.cookie.includes("plans_probe=1");
      document.cookie = "plans_probe=; Path=/lti; Max-Age=0; " + kind;
      return lives;
    });
  }

  document.addEventListener("DOMContentLoaded", async function () {
    const login = document.getElementById("login").dataset;
    const cookies = cookieLives();
    const message = { subject: "lti.put_data", key: login.key, value: login.value };
    const stored = login.target && (await window.plansStorage(message, login, cookies ? 600 : 4000));
    if (stored || cookies) {
      window.location.replace(login.go);
      return;
    }
    page.classList.remove("waiting");
    document.getElementById("window").addEventListener("submit", function () {
      window.setTimeout(function () {
        document.getElementById("offer").hidden = true;
        document.getElementById("opened").hidden = false;
      }); // after the browser has sent the form
    });
  });
})();
