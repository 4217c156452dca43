// A provider of identity for tests: one client, anybody signs in with the name they type. It says amr=mfa for names that
// end in "-mfa".
import Provider from "oidc-provider";
import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";

// listen opens a port and returns it with what attaches the provider to it.
export async function startProvider(client) {
  const server = createServer();
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const issuer = `http://localhost:${server.address().port}`;
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const provider = new Provider(issuer, {
    clients: [{ client_id: client.id, client_secret: client.secret, redirect_uris: [client.redirect], grant_types: ["authorization_code"], response_types: ["code"] }],
    jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), use: "sig", alg: "RS256", kid: "1" }] },
    cookies: { keys: ["only for tests"] },
    pkce: { required: () => true },
    claims: { openid: ["sub", "acr", "amr"] },
    features: { devInteractions: { enabled: true } },
    findAccount: (_, id) => ({ accountId: id, claims: async () => ({ sub: id }) }),
  });
  provider.on("server_error", (_, err) => console.error(err));
  server.on("request", provider.callback());
  return { issuer, stop: () => new Promise((done) => { server.closeAllConnections(); server.close(done); }) };
}
