// Comfort only: every page works without this file.
(() => {
  "use strict";
  const errors = document.getElementById("errors");
  if (errors) errors.focus();

  // A second click on a slow form sends nothing twice.
  document.addEventListener("submit", (e) => {
    const form = e.target;
    if (form.dataset.sent) { e.preventDefault(); return; }
    form.dataset.sent = "yes";
    setTimeout(() => { delete form.dataset.sent; }, 8000);
  });
  window.addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((f) => { delete f.dataset.sent; }));

  document.querySelectorAll("[data-show]").forEach((b) => {
    const input = document.getElementById(b.dataset.show);
    const show = b.textContent;
    b.hidden = false;
    b.addEventListener("click", () => {
      const plain = input.type === "text";
      input.type = plain ? "password" : "text";
      b.textContent = plain ? show : b.dataset.hide;
    });
  });

  document.querySelectorAll("[data-copy]").forEach((b) => {
    b.hidden = false;
    b.addEventListener("click", async () => {
      await navigator.clipboard.writeText(document.getElementById(b.dataset.copy).textContent);
      b.querySelector("span").textContent = b.dataset.done;
    });
  });

  // On a phone the text goes straight to the group; copying is what remains elsewhere.
  if (navigator.share) document.querySelectorAll("[data-share]").forEach((b) => {
    b.hidden = false;
    const copy = b.parentElement.querySelector("[data-copy]");
    if (copy) copy.classList.add("sec");
    b.addEventListener("click", () => navigator.share({ text: document.getElementById(b.dataset.share).textContent }).catch(() => {}));
  });

  // A field is put in where somebody has written last.
  let last = document.querySelector("details[open] textarea");
  document.addEventListener("focusin", (e) => { if (e.target.matches("textarea")) last = e.target; });
  document.querySelectorAll("[data-insert]").forEach((b) => b.addEventListener("click", () => {
    if (!last) return;
    last.setRangeText(b.dataset.insert, last.selectionStart, last.selectionEnd, "end");
    last.dispatchEvent(new Event("input", { bubbles: true }));
    last.focus();
  }));

  document.querySelectorAll("[data-print]").forEach((b) => { b.hidden = false; b.addEventListener("click", () => window.print()); });

  // The menu of a phone: a link to it works alone; with script it opens and closes in place.
  const menu = document.getElementById("menu");
  document.querySelectorAll("[data-menu]").forEach((a) => a.addEventListener("click", (e) => {
    e.preventDefault();
    if (menu.classList.toggle("open")) menu.querySelector("a").focus();
  }));
  document.addEventListener("keydown", (e) => {
    if (e.key === "Escape" && menu && menu.classList.contains("open")) { menu.classList.remove("open"); document.querySelector("[data-menu]").focus(); }
  });

  // Two minutes before an idle session ends the page says so. Staying asks the server for nothing else.
  const idle = document.querySelector("[data-idle]");
  if (idle) {
    let timer;
    const wait = () => { idle.hidden = true; clearTimeout(timer); timer = setTimeout(() => { idle.hidden = false; }, idle.dataset.idle * 1000); };
    wait();
    idle.querySelector("[data-awake]").addEventListener("click", async (e) => {
      e.preventDefault();
      const res = await fetch("/account/awake", { headers: { Accept: "application/json" } });
      if (res.status === 204) wait(); else location.reload();
    });
  }

  // The stream says by itself when it is gone.
  const live = document.getElementById("live-state");
  if (live) {
    const say = (on) => { live.classList.toggle("off", !on); live.textContent = on ? live.dataset.live : live.dataset.lost; };
    document.addEventListener("htmx:sse:after:connection", () => say(true));
    document.addEventListener("htmx:sse:error", () => say(false));
    document.addEventListener("htmx:sse:close", () => say(false));
  }
})();
