import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmod, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { parseServersState } from "../../agent/apply/haproxy-state.ts";
import { toml } from "./support/config.ts";
import { type HaproxyFiles, haproxyConfig, haproxyFolder, startHaproxy } from "./support/haproxy.ts";
import { haproxyVersions } from "./support/haproxy-versions.ts";

const main = join(import.meta.dirname, "..", "..", "agent", "main.ts");

/** An operator's configuration with a block, and a server of its own. */
function operatorsConfig(files: HaproxyFiles): string {
  return haproxyConfig(
    files,
    "  load-server-state-from-file global",
    "global",
    `  server-state-file ${files.folder}/state`,
    "backend shop.test",
    "  server fixed 127.0.0.1:9000",
    "  #DROVE-SERVERS-BEGIN shop.test",
    "  #DROVE-SERVERS-END",
    "# größer",
  );
}

async function prepare(t: TestContext, settings: Readonly<Record<string, unknown>> = {}) {
  const files = await haproxyFolder(t);
  const state = join(files.folder, "state");
  const config = {
    proxy_platform: "haproxy",
    haproxy_config: files.config,
    haproxy_global_server_state_file_path: state,
  };
  const only = { name: "default", drove: ["http://127.0.0.1:1"] };
  await writeFile(join(files.folder, "nixy.toml"), toml({ ...config, ...settings, namespaces: [only] }));
  const sync = () => {
    const args = ["--disable-warning=ExperimentalWarning", main, "-sync-haproxy-state-config", "-f", "nixy.toml"];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: files.folder, encoding: "utf8" });
    return { status, stdout, stderr };
  };
  return { files, state, sync };
}

for (const { name, program } of haproxyVersions)
  test(`a HAProxy ${name} that starts after it has the servers of the one before, but those that were leaving`, async (t) => {
    const { files, state, sync } = await prepare(t);
    const before = await startHaproxy(t, files, { program, config: operatorsConfig });
    for (const [server, address] of [
      ["four", "127.0.0.1:9001"],
      ["six", "[::1]:9002"],
      ["leaving", "127.0.0.1:9003"],
    ])
      await before.tell(`add server shop.test/${server} ${address}`, `set server shop.test/${server} state ready`);
    await before.tell("set server shop.test/leaving state maint");
    const [saved = ""] = await before.tell("show servers state");
    await writeFile(state, `${saved}\n`);
    await before.stop();
    await chmod(files.config, 0o640);

    assert.deepEqual(sync(), { status: 0, stdout: `${files.config} has the servers of ${state}\n`, stderr: "" });
    assert.equal((await stat(files.config)).mode & 0o777, 0o640);
    const after = await startHaproxy(t, files, { program });
    const servers = parseServersState((await after.tell("show servers state"))[0] ?? "");
    assert.deepEqual(
      servers.map((one) => `${one.name} ${one.address} ${one.port} op ${one.operational} admin ${one.admin}`),
      ["fixed 127.0.0.1 9000 op 2 admin 0", "four 127.0.0.1 9001 op 2 admin 0", "six ::1 9002 op 2 admin 0"],
    );
    assert.deepEqual(sync(), { status: 0, stdout: `${files.config} is in step\n`, stderr: "" });
  });

describe("the file", () => {
  test("loses its servers without a state file, and nothing else", async (t) => {
    const { files, sync } = await prepare(t);
    const empty = operatorsConfig(files);
    await writeFile(
      files.config,
      empty.replace("  #DROVE-SERVERS-END", "  server old 127.0.0.1:1\n  #DROVE-SERVERS-END"),
    );
    assert.equal(sync().status, 0);
    assert.equal(await readFile(files.config, "utf8"), empty);
  });

  test("may be a link: its target is replaced", async (t) => {
    const { files, sync } = await prepare(t);
    const target = join(files.folder, "real.cfg");
    await writeFile(target, operatorsConfig(files).replace("  #DROVE-SERVERS-END", "  old\n  #DROVE-SERVERS-END"));
    await symlink(target, files.config);
    assert.equal(sync().status, 0);
    assert.equal(await readFile(target, "utf8"), operatorsConfig(files));
    assert.equal(await readFile(files.config, "utf8"), operatorsConfig(files));
  });

  test("is not touched if anything is wrong, and the exit code says so", async (t) => {
    const { files, state, sync } = await prepare(t);
    await writeFile(files.config, operatorsConfig(files));
    await writeFile(state, "2\n# be_id be_name\n");
    const before = await stat(files.config);
    const refused = sync();
    assert.deepEqual([refused.status, refused.stdout], [78, ""]);
    assert.match(refused.stderr, /^drove-gateway: the server-state file cannot be used: .* version "2"[^\n]*\n$/);
    await writeFile(files.config, "global\n");
    assert.match(
      sync().stderr,
      /^drove-gateway: there is no "#DROVE-SERVERS-BEGIN BACKEND" in the configuration[^\n]*\n$/,
    );
    assert.equal((await stat(files.config)).ino, before.ino);
    await rm(files.config);
    assert.match(sync().stderr, /ENOENT/);
  });
});

describe("a configuration", () => {
  test("for nginx, or without a state file, is told", async (t) => {
    const nginx = await prepare(t, { proxy_platform: "nginx" });
    assert.deepEqual(nginx.sync(), {
      status: 64,
      stdout: "",
      stderr: "drove-gateway: -sync-haproxy-state-config is for HAProxy; proxy_platform is nginx\n",
    });
    const none = await prepare(t, { haproxy_global_server_state_file_path: "" });
    const { status, stderr } = none.sync();
    assert.equal(status, 78);
    assert.match(stderr, /needs a server-state file: set haproxy_global_server_state_file_path/);
  });
});
