import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { overlay } from "../../../agent/config/layer.ts";
import { parseConfig } from "../../../agent/config/parse.ts";
import type { Config } from "../../../agent/config/schema.ts";
import { readToml } from "../../../agent/config/toml-layer.ts";
import { validateLayer } from "../../../agent/config/validate.ts";
import { problemsOf, thrown } from "../thrown.ts";

const namespace = '\n[[namespaces]]\nname = "a"\ndrove = ["http://d:1"]\n';
const parse = (source: string) => parseConfig(source + namespace, "n.toml");
const messages = (source: string) => parse(source).notes.map((note) => `${note.code} ${note.message}`);

/** What setupDefaultConfig of the Go gateway makes of an empty text. */
const emptyTexts: Readonly<Partial<Config>> = {
  loglevel: "info",
  proxy_platform: "nginx",
  state_persistence_dir: "/var/lib/drove-gateway",
  left_delimiter: "{{",
  right_delimiter: "}}",
  nginx_fail_timeout: "0s",
  nginx_slow_start: "0s",
  haproxy_server_name_prefix: "server",
  haproxy_server_name_host_port_delimiter: "_",
  haproxy_backend_name_separator: "_",
  haproxy_add_server_ssl_attributes_string: "ssl verify none",
};

/** And of 0 or less. */
const numbers: Readonly<Partial<Config>> = {
  api_timeout: 10,
  dns_resolution_timeout_sec: 2,
  event_refresh_interval_sec: 2,
  startup_controller_sync_tries: 2,
  startup_controller_sync_retry_delay_sec: 1,
  proxy_control_plane_timeout_sec: 30,
  disk_io_timeout_sec: 5,
};

describe("what the Go gateway takes for not set", () => {
  const cases = [
    ...Object.entries(emptyTexts).map(([key, expected]) => [key, '""', expected] as const),
    ...Object.entries(numbers).flatMap(([key, expected]) =>
      ["0", "-1", "-9007199254740993"].map((value) => [key, value, expected] as const),
    ),
  ];
  for (const [key, value, expected] of cases) {
    test(`${key} = ${value}`, () => {
      const { config, notes } = parse(`${key} = ${value}`);
      assert.equal(config[key as keyof Config], expected);
      assert.deepEqual(
        notes.map((note) => [note.code, note.subject]),
        [["config-ignored", key]],
      );
    });
  }

  test("is told with its line, what counts, and what to do", () => {
    assert.deepEqual(
      messages('\nhaproxy_add_server_ssl_attributes_string = ""\nAPI_Timeout = 0\nnginx_fail_timeout = ""'),
      [
        'config-ignored n.toml:2: haproxy_add_server_ssl_attributes_string: "" counts as not set, as with the Go gateway; remove the line for the default (ssl verify none)',
        "config-ignored n.toml:3: api_timeout: 0 counts as not set, as with the Go gateway; remove the line for the default (10)",
        'config-ignored n.toml:4: nginx_fail_timeout: "" counts as "0s", as with the Go gateway; write that, or remove the line for the default (1s)',
      ],
    );
  });

  test("holds for old names, which are told as well", () => {
    const { config, notes } = parse('failtimeoutupstream = ""\nslowstartupstream = ""');
    assert.deepEqual([config.nginx_fail_timeout, config.nginx_slow_start], ["0s", "0s"]);
    assert.deepEqual(
      notes.map((note) => [note.code, note.subject]),
      ["failtimeoutupstream", "slowstartupstream"].flatMap((name) => [
        ["config-deprecated", name],
        ["config-ignored", name],
      ]),
    );
  });

  test("an old name besides its new one is refused, empty or not", async () => {
    const error = await thrown(() => parse('nginx_slow_start = ""\nslowstartupstream = "5s"'));
    assert.match(error.message, /^n\.toml:2: slowstartupstream: is the same key as nginx_slow_start/);
  });

  test("leaves what lies below the file in force", () => {
    const image = readToml('proxy_platform = "haproxy"\nstate_persistence_dir = "/run/state"', "image.toml");
    const file = readToml(`proxy_platform = ""\nstate_persistence_dir = ""${namespace}`, "n.toml");
    const config = validateLayer(overlay(image, file));
    assert.deepEqual([config.proxy_platform, config.state_persistence_dir], ["haproxy", "/run/state"]);
  });

  test("a default that does not fit the rest is refused as ever", async () => {
    assert.deepEqual(await problemsOf(() => parse('left_delimiter = "}}"\nright_delimiter = ""')), [
      "n.toml: right_delimiter: is the same as left_delimiter; make them differ",
    ]);
  });
});

describe("what it does not take for not set", () => {
  test("stays as it is written, without a note", () => {
    const { config, notes } = parse(
      'xproxy = ""\nhaproxy_add_server_attributes_string = ""\nhaproxy_add_server_ssl_attributes_string = " "\n' +
        'nginx_fail_timeout = "0"\nnginx_max_fails = 0\nhaproxysocketaddr = ""\ndrain_timeout_sec = 0\nhistory_entries = 0',
    );
    assert.deepEqual([config.haproxy_add_server_ssl_attributes_string, config.nginx_fail_timeout], [" ", "0"]);
    assert.deepEqual([config.drain_timeout_sec, config.history_entries, notes], [0, 0, []]);
  });

  const refused = [
    "api_timeout = -0.5",
    "api_timeout = -inf",
    'api_timeout = ""',
    "loglevel = 0",
    'loglevel = "loud"',
    'nginx_cmd = ""',
    'nginx_fail_timeout = "ten"',
    "nginx_max_fails = -1",
    "guard_confirm_polls = 0",
    "full_resync_interval_sec = 0",
    'log_format = ""',
  ];
  for (const source of refused) {
    test(`${source} is refused`, async () => {
      const [key = ""] = source.split(" ");
      assert.match((await thrown(() => parse(source))).message, new RegExp(`^n\\.toml:1: ${key}: must`));
    });
  }
});
