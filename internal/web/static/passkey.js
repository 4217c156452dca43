// Passkeys: asks the browser's authenticator and tells our own API what it said. Without script one signs in with a
// password and a code.
(() => {
  "use strict";
  const bytes = (s) => Uint8Array.from(atob(s.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const text = (b) => btoa(String.fromCharCode(...new Uint8Array(b))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const named = (list) => (list || []).map((c) => ({ ...c, id: bytes(c.id) }));

  const ask = async (path, body, csrf) => {
    const headers = { "Content-Type": "application/json" };
    if (csrf) headers["Loa-CSRF"] = csrf;
    const res = await fetch("/api/v1" + path, { method: body === undefined ? "GET" : "POST", headers, body: body ? JSON.stringify(body) : undefined });
    if (!res.ok) throw new Error(String(res.status));
    return res.json();
  };

  const answerOf = (c) => {
    const r = c.response;
    const out = { id: c.id, rawId: text(c.rawId), type: c.type, clientExtensionResults: c.getClientExtensionResults(), response: { clientDataJSON: text(r.clientDataJSON) } };
    if (c.authenticatorAttachment) out.authenticatorAttachment = c.authenticatorAttachment;
    for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) if (r[name]) out.response[name] = text(r[name]);
    if (r.getTransports) out.response.transports = r.getTransports();
    return out;
  };

  const signIn = async () => {
    const { step, options } = await ask("/signin/passkey/options", null);
    const c = await navigator.credentials.get({ publicKey: { ...options, challenge: bytes(options.challenge), allowCredentials: named(options.allowCredentials) } });
    await ask("/signin/passkey", { step, answer: answerOf(c) });
  };

  const add = async (name) => {
    const { csrf } = await ask("/me");
    const { step, options } = await ask("/me/passkeys/options", null, csrf);
    const c = await navigator.credentials.create({ publicKey: { ...options, challenge: bytes(options.challenge), user: { ...options.user, id: bytes(options.user.id) },
      excludeCredentials: named(options.excludeCredentials) } });
    return ask("/me/passkeys", { step, name, answer: answerOf(c) }, csrf);
  };

  document.querySelectorAll("[data-passkey]").forEach((box) => {
    const button = box.querySelector("button");
    const said = box.querySelector("[role=alert]");
    box.hidden = false;
    button.addEventListener("click", async () => {
      if (!window.PublicKeyCredential) { said.textContent = box.dataset.missing; return; }
      said.textContent = box.dataset.wait;
      button.disabled = true;
      try {
        if (box.dataset.passkey === "add") {
          const input = box.querySelector("input");
          const made = await add(input.value.trim() || navigator.platform || "Passkey");
          const codes = document.getElementById("new-codes");
          if (codes && made.recovery_codes.length) {
            const list = codes.querySelector("ul");
            made.recovery_codes.forEach((code) => { const li = document.createElement("li"); li.className = "num"; li.textContent = code; list.append(li); });
            document.querySelectorAll("[data-setup]").forEach((e) => { e.hidden = true; });
            codes.hidden = false;
            codes.focus();
            return;
          }
          location.assign("/account?done=passkey");
          return;
        }
        await signIn();
        location.assign(box.dataset.next || "/");
      } catch {
        said.textContent = box.dataset.failed;
      } finally {
        button.disabled = false;
      }
    });
  });
})();
