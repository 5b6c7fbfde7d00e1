import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { hashText, shippedTemplates, worldOf } from "../../../agent/machine.ts";

test("a text is named by 16 hex digits", () => {
  assert.match(hashText("a"), /^[0-9a-f]{16}$/);
  assert.equal(hashText("a"), hashText("a"));
  assert.notEqual(hashText("a"), hashText("b"));
});

describe("the environment that templates see", () => {
  test("has no credentials", () => {
    const secrets = [
      "DROVE_PASSWORD",
      "DROVE_GATEWAY_PASS",
      "API_TOKEN",
      "aws_secret_access_key",
      "MY_CREDENTIALS",
      "DROVE_USERNAME",
      "SSH_PRIVATE",
      "TLS_KEY",
    ];
    const env = Object.fromEntries([...secrets, "HOME", "DATACENTER"].map((name) => [name, "x"]));
    assert.deepEqual(worldOf(env).environment, { HOME: "x", DATACENTER: "x" });
  });

  test("has only what is set", () => {
    assert.deepEqual(worldOf({ A: "", B: undefined }).environment, { A: "" });
  });

  test("has the time zone of TZ, else the machine's", () => {
    assert.equal(worldOf({ TZ: "Asia/Calcutta" }).timeZone, "Asia/Calcutta");
    assert.notEqual(worldOf({ TZ: "" }).timeZone, "");
  });
});

test("the shipped templates are beside the program's folder, links followed, else where the image has them", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "drove-gateway-machine-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  for (const name of ["app/dist", "bin", "other"]) await mkdir(join(folder, name), { recursive: true });
  const program = join(folder, "app", "dist", "gateway.cjs");
  await writeFile(program, "");
  await symlink(program, join(folder, "bin", "nixy"));
  assert.equal(shippedTemplates(program), "/usr/share/drove-gateway/templates");
  await mkdir(join(folder, "app", "templates"));
  assert.equal(shippedTemplates(program), join(folder, "app", "templates"));
  assert.equal(shippedTemplates(join(folder, "bin", "nixy")), join(folder, "app", "templates"));
});
