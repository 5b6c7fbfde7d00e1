import assert from "node:assert/strict";
import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { runCommandLine } from "../../real/support/command.ts";
import { newFolder } from "../apply/folder.ts";
import { root } from "../examples/files.ts";

const examples = "examples/own-template";
const run = (...args: readonly string[]) => runCommandLine(["test", ...args], { cwd: root });

/** A copy of the example's cases that the test may change. */
async function copied(t: TestContext): Promise<string> {
  const folder = await newFolder(t);
  await cp(join(root, examples, "tests"), folder, { recursive: true });
  return folder;
}

test("the example's template makes what its cases expect", async () => {
  const { code, stdout, stderr } = await run(`${examples}/tests`, "-f", `${examples}/gateway.toml`);
  assert.equal(code, 0, stdout + stderr);
  assert.match(stdout, /^passed no-instances\n[\s\S]*passed usual\n[\s\S]*2 passed, 0 written, 0 failed\n$/);
});

test("instances by address and by name are there, the name at an address of its own", async (t) => {
  const folder = await copied(t);
  const hosts = ["10.0.0.1", "executor.example"].map((host) => ({ host, port: 80, portType: "HTTP" }));
  const apps = [{ appName: "x", appId: "x-1", vhost: "x.example", tags: {}, hosts }];
  await writeFile(join(folder, "usual", "endpoints.json"), JSON.stringify(apps));
  const { stdout } = await run(folder, "-f", `${examples}/gateway.toml`);
  assert.match(stdout, /^\+.*server 10\.0\.0\.1:80/m);
  assert.match(stdout, /^\+.*server 198\.1[89]\.\d+\.\d+:80/m);
});

test("what differs is shown, and accepted with --update", async (t) => {
  const folder = await copied(t);
  const path = join(folder, "usual", "expected.conf");
  const expected = await readFile(path, "utf8");
  await writeFile(path, expected.replace("server_name", "server_nane"));
  const config = ["-f", `${examples}/gateway.toml`];
  const failed = await run(folder, ...config);
  assert.equal(failed.code, 1);
  assert.match(
    failed.stdout,
    /^failed usual\n--- .*expected\.conf\n\+\+\+ .*\n@@[\s\S]*^-.*server_nane[\s\S]*^\+.*server_name/m,
  );
  const { code, stdout } = await run(folder, ...config, "--json");
  assert.deepEqual(
    [code, JSON.parse(stdout).map((one: { outcome: string }) => one.outcome)],
    [1, ["passed", "failed"]],
  );
  assert.equal((await run(folder, ...config, "--update")).code, 0);
  assert.equal(await readFile(path, "utf8"), expected);
});

test("a case may have a configuration of its own, and a proxy of any version", async (t) => {
  const folder = await copied(t);
  const toml = '[[namespaces]]\nname = "prod"\ndrove = ["http://drove.example:8080"]\n';
  await writeFile(join(folder, "usual", "gateway.toml"), toml);
  const texts = ["1.22.1", "1.30.6"].map(async (version) => {
    const single = join(folder, "usual");
    const { stdout } = await run(single, "--proxy-version", version, "--json");
    return JSON.parse(stdout)[0].diff as string;
  });
  const [old = "", newer = ""] = await Promise.all(texts);
  assert.match(newer, /keepalive_min_timeout/);
  assert.doesNotMatch(old, /keepalive_min_timeout/);
  assert.match(newer, /X-Proxy "gateway"/, "whatever the machine is called");
});

test("what is wrong with a case or a folder is one line", async (t) => {
  const folder = await copied(t);
  await writeFile(join(folder, "usual", "endpoints.json"), "{");
  const broken = await run(folder, "-f", `${examples}/gateway.toml`);
  assert.match(broken.stdout, /^failed usual\n.*cannot use .*endpoints\.json: .*$/m);
  const empty = await run(await newFolder(t));
  assert.deepEqual([empty.code, /has no case: a case is a folder with/.test(empty.stderr)], [64, true]);
  assert.equal((await run()).code, 64);
});
