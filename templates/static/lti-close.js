// Tells the LMS that its registration window can close (LTI dynamic registration).
document.getElementById("close").addEventListener("click", function () {
  (window.opener || window.parent).postMessage({ subject: "org.imsglobal.lti.close" }, "*");
});
