import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { loadConfig } from "../../../agent/config/load.ts";
import { problemsOf, thrown } from "../thrown.ts";

describe("secrets in files", () => {
  const place = { cwd: "" };
  beforeEach(() => {
    place.cwd = mkdtempSync(join(tmpdir(), "secrets-"));
  });
  afterEach(() => rmSync(place.cwd, { recursive: true }));

  const path = (name: string) => join(place.cwd, name);
  const write = (name: string, content: string) => writeFileSync(path(name), content);
  const load = (env: Readonly<Record<string, string>>, file?: string) =>
    loadConfig({ file, env, cwd: place.cwd, signal: new AbortController().signal });
  const controllers = { DROVE_CONTROLLERS: "http://e:1" };

  test("of the environment lose one newline at their end, and nothing else", async () => {
    write("user", "u\r\n");
    write("pass", " p\n$x\"'\n\n");
    write("api", "t");
    const { config, files } = await load({
      ...controllers,
      DROVE_USERNAME_FILE: "user",
      DROVE_PASSWORD_FILE: path("pass"),
      DROVE_GATEWAY_API_TOKEN_FILE: "api",
    });
    const [one] = config.namespaces;
    assert.deepEqual([one?.user, one?.pass.reveal(), config.api_token.reveal()], ["u", " p\n$x\"'\n", "t"]);
    assert.deepEqual(files, [path("api"), path("user"), path("pass")]);
  });

  test("of a TOML file are read too, and watched with it", async () => {
    write("n.toml", '[[namespaces]]\nname = "a"\ndrove = ["http://d"]\naccess_token_file = "token"\n');
    write("token", "O-Bearer T\n");
    const { config, files } = await load({}, "n.toml");
    assert.equal(config.namespaces[0]?.access_token.reveal(), "O-Bearer T");
    assert.deepEqual(files, [path("n.toml"), path("token")]);
  });

  test("that cannot be used are named with key and path, all of them", async () => {
    write("empty", "\n");
    const source = '[[namespaces]]\nname = "a"\ndrove = ["http://d"]\nuser_file = "empty"\npass_file = "none"\n';
    write("n.toml", source);
    assert.equal((await thrown(() => load({}, "n.toml"))).code, "config-unreadable");
    assert.deepEqual([...(await problemsOf(() => load({}, "n.toml")))].sort(), [
      `n.toml:4: user_file: ${path("empty")} is empty; mount the secret there or correct the path`,
      `n.toml:5: pass_file: ${path("none")} does not exist; mount the secret there or correct the path`,
    ]);
    assert.deepEqual(await problemsOf(() => load({ ...controllers, DROVE_PASSWORD_FILE: "/nowhere" })), [
      "DROVE_PASSWORD_FILE: /nowhere does not exist; mount the secret there or correct the path",
    ]);
  });

  test("a token that no header can carry is refused, without showing it", async () => {
    write("token", "hunter2\nhunter2\n");
    const error = await thrown(() => load({ ...controllers, DROVE_ACCESS_TOKEN_FILE: "token" }));
    assert.equal(
      error.message,
      "DROVE_ACCESS_TOKEN_FILE: has a newline or another character that no HTTP header can carry; write the token as one line",
    );
  });

  test("certificates and keys that are none are refused", async () => {
    write(
      "n.toml",
      'port_use_tls = true\nport_tls_certfile = "c.pem"\nport_tls_keyfile = "k.pem"\n[[namespaces]]\nname = "a"\ndrove = ["http://d"]\ntls_ca_file = "n.toml"',
    );
    write("k.pem", "-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----\n");
    assert.deepEqual(await problemsOf(() => load({}, "n.toml")), [
      `n.toml:2: port_tls_certfile: ${path("c.pem")} does not exist; mount the file there or correct the path`,
      `n.toml:3: port_tls_keyfile: ${path("k.pem")} holds no private key; put one there, in PEM form without a passphrase`,
      `n.toml:7: tls_ca_file: ${path("n.toml")} holds no certificate; put one there, in PEM form`,
    ]);
  });
});
