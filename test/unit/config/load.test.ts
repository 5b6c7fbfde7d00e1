import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { loadConfig, loadToAsk } from "../../../agent/config/load.ts";
import { AgentError } from "../../../agent/errors.ts";
import { thrown } from "../thrown.ts";

type Env = Readonly<Record<string, string>>;

const toml = '[[namespaces]]\nname = "a"\ndrove = ["http://d:1"]\n';
const controllers = { DROVE_CONTROLLERS: "http://e:1" };

describe("loadConfig", () => {
  const place = { cwd: "" };
  beforeEach(() => {
    place.cwd = mkdtempSync(join(tmpdir(), "config-"));
  });
  afterEach(() => rmSync(place.cwd, { recursive: true }));

  const path = (name: string) => join(place.cwd, name);
  const write = (name: string, content: string | Buffer) => {
    mkdirSync(dirname(path(name)), { recursive: true });
    writeFileSync(path(name), content);
  };
  const load = (options: { readonly file?: string; readonly env?: Env; readonly signal?: AbortSignal } = {}) =>
    loadConfig({
      file: options.file,
      env: options.env ?? {},
      cwd: place.cwd,
      signal: options.signal ?? new AbortController().signal,
    });
  const message = async (options: Parameters<typeof load>[0]) => (await thrown(() => load(options))).message;

  test("-f goes before CONFIG_FILE_PATH, that before DROVE_CONTROLLERS, that before nixy.toml", async () => {
    for (const name of ["f", "c", "nixy"]) write(`${name}.toml`, toml.replace("http://d:1", `http://${name}`));
    const env = { CONFIG_FILE_PATH: path("c.toml"), ...controllers };
    const all = [
      await load({ file: "f.toml", env }),
      await load({ env }),
      await load({ env: controllers }),
      await load(),
    ];
    assert.deepEqual(
      all.map(({ config, source, files }) => [config.namespaces[0]?.drove[0], source, files]),
      [
        ["http://f", "f.toml", [path("f.toml")]],
        ["http://c", path("c.toml"), [path("c.toml")]],
        ["http://e:1", "environment", []],
        ["http://nixy", "nixy.toml", [path("nixy.toml")]],
      ],
    );
  });

  test("without any of them it tells the ways", async () => {
    assert.equal(
      await message({}),
      "DROVE_CONTROLLERS: is not set, and there is no nixy.toml here; set it to the controllers' URLs, or CONFIG_FILE_PATH to a mounted TOML file, or give a file with -f",
    );
  });

  test("a file that cannot be read is named, with the way it was given", async () => {
    mkdirSync(path("dir"));
    write("latin1.toml", Buffer.from([0x61, 0x0a, 0x62, 0xe9, 0x0a]));
    write("big.toml", "#".repeat(10_000_000));
    execFileSync("mkfifo", [path("pipe")]);
    const after = "give the path of the TOML file with -f";
    const docker = "is a directory (Docker makes one when the mounted file does not exist)";
    assert.equal(await message({ file: "no.toml" }), `no.toml: does not exist; ${after}`);
    assert.equal(await message({ file: "dir" }), `dir: ${docker}; ${after}`);
    assert.equal(await message({ file: "latin1.toml" }), `latin1.toml: is not UTF-8 text (line 2); ${after}`);
    assert.equal(await message({ file: "big.toml" }), `big.toml: is larger than 1 MiB; ${after}`);
    assert.equal(await message({ file: "pipe" }), `pipe: is not a regular file; ${after}`);
    assert.equal(
      await message({ env: { CONFIG_FILE_PATH: "/nowhere/c.toml" } }),
      "CONFIG_FILE_PATH: /nowhere/c.toml does not exist; mount the file there or correct the variable",
    );
    assert.equal(
      await message({ env: { ...controllers, DROVE_GATEWAY_DEFAULTS: "/nowhere" } }),
      "DROVE_GATEWAY_DEFAULTS: /nowhere does not exist; correct the variable or unset it",
    );
  });

  test("a byte order mark is no part of the file", async () => {
    write("nixy.toml", `\uFEFF${toml}`);
    assert.equal((await load()).config.namespaces.length, 1);
  });

  test("defaults lie below a file and below the environment, which lies on top", async () => {
    write("defaults.toml", 'port = 1001\nproxy_port = 1002\nnginx_config = "/run/n.conf"\naddress = "::1"');
    write("nixy.toml", `proxy_port = 1003\n${toml}`);
    const env = { DROVE_GATEWAY_DEFAULTS: "defaults.toml", DROVE_GATEWAY_PORT: "1004" };
    const { config, files } = await load({ env });
    assert.deepEqual([config.port, config.proxy_port, config.nginx_config], [1004, 1003, "/run/n.conf"]);
    assert.deepEqual(files, [path("nixy.toml")]);
    const other = (await load({ env: { ...env, ...controllers, DROVE_GATEWAY_PORT: "" } })).config;
    assert.deepEqual([other.port, other.proxy_port, other.address], [1001, 1002, "::1"]);
  });

  test("environment mode listens on all addresses, a file on loopback; xproxy is the host's name", async () => {
    write("nixy.toml", toml);
    const [container, file] = [(await load({ env: controllers })).config, (await load()).config];
    assert.deepEqual([container.address, file.address], ["0.0.0.0", "127.0.0.1"]);
    assert.deepEqual([container.xproxy, container.event_refresh_interval_sec], [hostname(), 2]);
  });

  test("paths start at the working directory", async () => {
    write("etc/c.toml", `nginx_config = "./n.conf"\nnginx_template = "t/n.eta"\nstate_persistence_dir = "/s"\n${toml}`);
    const { config } = await load({ file: "etc/c.toml" });
    assert.deepEqual([config.nginx_config, config.nginx_template], [path("n.conf"), path("t/n.eta")]);
    assert.deepEqual([config.state_persistence_dir, config.haproxy_template], ["/s", ""]);
  });

  test("an aborted load ends with the reason of the signal", async () => {
    await assert.rejects(load({ signal: AbortSignal.abort(new Error("stopped")) }), /^Error: stopped$/);
  });

  test("who asks the running agent knows where, whatever else is wrong with the file", async () => {
    const ask = (file: string, env: Env = {}) =>
      loadToAsk({ file, env, cwd: place.cwd, signal: new AbortController().signal });
    write("good.toml", `port = 6100\n${toml}`);
    const good = await ask("good.toml");
    assert.deepEqual([good.config.port, good.trouble], [6100, undefined]);
    const api = 'PORT = "6100"\naddress = "127.0.0.2" # here\napi_token = "t"\n';
    for (const rest of [
      `proxy_port = "eight"\n${toml}`,
      "[[namespaces]\nport = 7\n",
      "nonsense",
      toml.replace("drove", "drive"),
    ]) {
      write("bad.toml", api + rest);
      const { config, trouble } = await ask("bad.toml");
      assert.deepEqual([config.port, config.address, config.api_token.reveal()], [6100, "127.0.0.2", "t"]);
      assert.ok(trouble instanceof AgentError);
    }
    write("bad.toml", `port = \n${toml}`);
    assert.equal((await ask("bad.toml")).config.port, 6000);
    assert.equal((await ask("bad.toml", { DROVE_GATEWAY_PORT: "6200" })).config.port, 6200);
    write("bad.toml", `port = 700000\naddress = "127.0.0.2"\n${toml}`);
    const outOfRange = (await ask("bad.toml")).config;
    assert.deepEqual([outOfRange.port, outOfRange.address], [6000, "127.0.0.2"]);
    assert.equal((await thrown(() => ask("none.toml"))).code, "config-unreadable");
  });
});
