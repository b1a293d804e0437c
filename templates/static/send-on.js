// Sends the one form of this page on to the LMS, as its button would (LTI Deep Linking).
document.getElementById("send-on").submit();
