// The robot's page (gateway-contract §4.4): R5 gives up if the page is left within a few tens of milliseconds of
// its click, so the page is held for about a second, then left for the room.
"use strict";
(function () {
  var cookie = document.getElementById("okcookie");
  if (cookie) cookie.addEventListener("click", function () { cookie.remove(); });
  var form = document.getElementById("robot");
  var gone = false;
  form.addEventListener("submit", function (event) {
    event.preventDefault();
    if (gone) return;
    gone = true;
    // The browser's own post follows the redirect to BBB with its cookies; a fetch could not read that answer.
    setTimeout(function () { HTMLFormElement.prototype.submit.call(form); }, 1000);
  });
})();
