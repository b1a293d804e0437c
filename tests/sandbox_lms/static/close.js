// The tool's registration page says it is done (Dynamic Registration 1.0, "org.imsglobal.lti.close").
window.addEventListener("message", function (event) {
  if (event.data && event.data.subject === "org.imsglobal.lti.close") {
    window.location.assign("/#tools");
  }
});
