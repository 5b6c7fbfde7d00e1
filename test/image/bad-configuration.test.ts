import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { startContainer } from "./support/container.ts";
import { folderWith } from "./support/folder.ts";
import { startOnFreePorts } from "./support/gateway.ts";
import { haproxy, nginx, proxies } from "./support/images.ts";

const configurationError = 78;
const controllers = { DROVE_CONTROLLERS: "http://127.0.0.1:9" };

describe("a configuration that cannot work ends the container with code 78 and one line", () => {
  const cases = [
    { name: "no controllers", env: {}, says: /DROVE_CONTROLLERS/ },
    { name: "empty controllers", env: { DROVE_CONTROLLERS: "" }, says: /DROVE_CONTROLLERS/ },
    { name: "a controller that is no URL", env: { DROVE_CONTROLLERS: "drove one" }, says: /DROVE_CONTROLLERS/ },
    { name: "a missing file", env: { CONFIG_FILE_PATH: "/config/none.toml" }, says: /\/config\/none\.toml/ },
    {
      name: "a missing template",
      env: { ...controllers, TEMPLATE_FILE_PATH: "/config/none.eta" },
      says: /\/config\/none\.eta/,
    },
    {
      name: "a missing password file",
      env: { ...controllers, DROVE_PASSWORD_FILE: "/secrets/none" },
      says: /\/secrets\/none/,
    },
    { name: "a port out of range", env: { ...controllers, DROVE_GATEWAY_PORT: "70000" }, says: /port/i },
    { name: "no controllers, with HAProxy", image: haproxy.image, env: {}, says: /DROVE_CONTROLLERS/ },
  ];
  for (const { name, image = nginx.image, env, says } of cases) {
    it(name, async (t) => {
      const container = await startContainer(t, { image, env });
      assert.equal(await container.ended(), configurationError);
      assertOneLine((await container.logs()).all, says);
    });
  }

  const files = [
    { name: "invalid TOML", text: 'port = 6000\nxproxy = "a\n', says: /\/config\/nixy\.toml:2/ },
    { name: "a file without controllers", text: "port = 6000\n", says: /\/config\/nixy\.toml.*namespaces/ },
    {
      name: "a value of the wrong type",
      text: 'api_timeout = "soon"\n[[namespaces]]\nname = "one"\ndrove = ["http://127.0.0.1:9"]\n',
      says: /api_timeout/,
    },
  ];
  for (const { name, text, says } of files) {
    it(name, async (t) => {
      const folder = await folderWith(t, { "nixy.toml": text });
      const container = await startContainer(t, {
        env: { CONFIG_FILE_PATH: "/config/nixy.toml" },
        flags: ["--volume", `${folder}:/config:ro`],
      });
      assert.equal(await container.ended(), configurationError);
      assertOneLine((await container.logs()).all, says);
    });
  }

  it("a read-only container without a place to write", async (t) => {
    const container = await startContainer(t, { env: controllers, flags: ["--read-only"] });
    assert.equal(await container.ended(), configurationError);
    assertOneLine((await container.logs()).all, /--tmpfs \/run/);
  });
});

describe("what may mend itself does not end the container", () => {
  for (const { proxy, image } of proxies)
    it(`${proxy} waits, not ready, for controllers that do not answer`, async (t) => {
      const gateway = await startOnFreePorts(t, { image, env: controllers, flags: ["--health-interval", "1s"] });
      await gateway.logged(/127\.0\.0\.1:9/);
      assert.equal((await gateway.api("/v1/ready")).status, 503);
      assert.equal(await gateway.shell("healthcheck >/dev/null; echo $?"), "1");
      assert.equal(await gateway.shell("s6-svstat -o up /run/service/proxy"), "false");
      assert.equal(await gateway.running(), true);
      const { exitCode, tookMs } = await gateway.stop();
      assert.equal(exitCode, 0);
      assert.ok(tookMs < 5000, `${tookMs} ms`);
    });
});

function assertOneLine(log: string, says: RegExp): void {
  const lines = log.split("\n").filter((line) => line.trim() !== "");
  assert.equal(lines.length, 1, log);
  assert.match(lines[0] ?? "", says);
}
