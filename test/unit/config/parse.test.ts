import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseConfig } from "../../../agent/config/parse.ts";
import { problemsOf, thrown } from "../thrown.ts";

const namespace = '\n[[namespaces]]\nname = "a"\ndrove = ["http://d:1"]\n';
const parse = (source: string) => parseConfig(source, "nixy.toml");
const messages = (source: string) => parse(source).notes.map((note) => `${note.code} ${note.message}`);

describe("keys", () => {
  test("an almost empty file gets every default", () => {
    const { config, notes } = parse(namespace);
    assert.deepEqual(notes, []);
    assert.equal(config.address, "127.0.0.1");
    assert.equal(config.port, 6000);
    assert.equal(config.event_refresh_interval_sec, 2);
    assert.equal(config.legacy_flat, false);
    assert.deepEqual(config.namespaces[0]?.drove, ["http://d:1"]);
  });

  test("match in any case, also in namespaces", () => {
    const { config, notes } = parse(
      'PORT = "7100"\nNginx_CMD = "docker exec nginx nginx"\n[[Namespaces]]\nNAME = "a"\nDrove = ["http://d"]\nPass = "p"',
    );
    assert.deepEqual(notes, []);
    assert.equal(config.port, 7100);
    assert.equal(config.nginx_cmd, "docker exec nginx nginx");
    assert.equal(config.namespaces[0]?.pass.reveal(), "p");
  });

  test("the same key in two cases is refused", async () => {
    assert.match(
      (await thrown(() => parse(`Port = 1\nport = 2${namespace}`))).message,
      /^nixy\.toml:1: port: stands twice/,
    );
  });

  test("unknown keys are noted with line and nearest key", () => {
    assert.deepEqual(messages(`\nnginx_tempalte = "x"\nzebra = 1${namespace}relam = "x"\n`), [
      "config-unknown-key nixy.toml:2: nginx_tempalte: is not a known key and is ignored; did you mean nginx_template?",
      "config-unknown-key nixy.toml:3: zebra: is not a known key and is ignored; remove it",
      "config-unknown-key nixy.toml:7: relam: is not a known key and is ignored; did you mean realm?",
    ]);
  });

  test("a top-level key below [[namespaces]] is told where it belongs", () => {
    assert.deepEqual(messages(`${namespace}nginx_cmd = "x"`), [
      "config-unknown-key nixy.toml:5: nginx_cmd: is no key of a namespace and is ignored; move it above the first [[namespaces]]",
    ]);
  });

  test("what is computed cannot be set", () => {
    assert.equal(parse(`legacy_flat = true${namespace}`).config.legacy_flat, false);
  });

  test("[statsd] is ignored with a note", () => {
    assert.deepEqual(messages(`${namespace}[statsd]\naddr = "x"\nnamespace = "y"`), [
      "config-ignored nixy.toml:5: statsd: is ignored; scrape /v1/metrics instead and remove it",
    ]);
  });

  test("old names work and are noted", () => {
    const source = `maxFailsUpstream = 3\nfailtimeoutupstream = "5s"\nslowstartupstream = "7s"${namespace}`;
    const { config, notes } = parse(source);
    assert.equal(config.nginx_max_fails, 3);
    assert.equal(config.nginx_fail_timeout, "5s");
    assert.equal(config.nginx_slow_start, "7s");
    assert.deepEqual(
      notes.map((note) => note.code),
      Array.from({ length: 3 }, () => "config-deprecated"),
    );
    assert.match(notes[0]?.message ?? "", /^nixy\.toml:1: maxfailsupstream: is an old name; write nginx_max_fails$/);
  });

  test("an old name besides its new one is refused", async () => {
    const { message } = await thrown(() => parse(`nginx_max_fails = 3\nmaxfailsupstream = 3${namespace}`));
    assert.equal(
      message,
      "nixy.toml:2: maxfailsupstream: is the same key as nginx_max_fails of nixy.toml:1; remove one of them",
    );
  });

  test("levels of the old daemon's logger are understood", () => {
    assert.equal(parse(`loglevel = "Warning"${namespace}`).config.loglevel, "warn");
  });
});

describe("files older than namespaces", () => {
  test("become the namespace default, with a note", () => {
    const { config, notes } = parse(
      'drove = ["http://a:1"]\nuser = "u"\npass = "p"\nLeader_VHost = "drove.test"\ntls_insecure_skip_verify = true',
    );
    assert.equal(config.legacy_flat, true);
    const [only] = config.namespaces;
    assert.deepEqual([only?.name, only?.drove, only?.user, only?.pass.reveal()], ["default", ["http://a:1"], "u", "p"]);
    assert.deepEqual([only?.leader_vhost, only?.tls_insecure_skip_verify], ["drove.test", true]);
    assert.deepEqual(
      notes.map((note) => note.message),
      [
        'nixy.toml:1: drove, user, pass, leader_vhost, tls_insecure_skip_verify: at top level are read as the namespace "default"; move them into a [[namespaces]] table',
      ],
    );
  });

  test("report errors at the lines where the keys stand", async () => {
    assert.deepEqual(await problemsOf(() => parse('port = 1\ndrove = [\n "http://a:1",\n "b:2",\n]\nrealm = 5')), [
      'nixy.toml:4: drove[1]: must be a URL such as https://drove1.example:8080, without user or password in it (got "b:2"); correct it',
      "nixy.toml:6: realm: must be a string (got 5); correct it",
    ]);
  });

  test("flat keys besides [[namespaces]] are ignored, each with a note", () => {
    const { config, notes } = parse(`realm = "x"\nuser = "u"${namespace}`);
    assert.deepEqual([config.legacy_flat, config.namespaces[0]?.realm, config.namespaces[0]?.user], [false, "", ""]);
    assert.deepEqual(
      notes.map((note) => [note.code, note.subject]),
      [
        ["config-ignored", "realm"],
        ["config-ignored", "user"],
      ],
    );
  });
});

describe("errors", () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ["nothing", "", "nixy.toml: namespaces: is missing; add a [[namespaces]] table with name and drove"],
    [
      "[namespaces]",
      '\n[namespaces]\nname = "a"',
      "nixy.toml:2: namespaces: must be [[namespaces]] tables, with two brackets (got a table); correct it",
    ],
    [
      "no name",
      '[[namespaces]]\ndrove = ["http://d"]',
      'nixy.toml:1: namespaces[0].name: is missing; add a name, such as name = "default"',
    ],
    [
      "no drove",
      '[[namespaces]]\nname = "a"',
      'nixy.toml:1: namespaces[0].drove: is missing; add the controllers: drove = ["https://drove1.example:8080"]',
    ],
    [
      "no controllers",
      '[[namespaces]]\nname = "a"\ndrove = []',
      "nixy.toml:3: drove: must name at least one controller (got an empty list); correct it",
    ],
    [
      "port",
      `port = 70000${namespace}`,
      "nixy.toml:1: port: must be a port from 1 to 65535 (got 70000); correct it, or remove the line for the default (6000)",
    ],
    [
      "port text",
      `port = "http"${namespace}`,
      'nixy.toml:1: port: must be a port from 1 to 65535 (got "http"); correct it, or remove the line for the default (6000)',
    ],
    [
      "choice",
      `proxy_platform = "caddy"${namespace}`,
      'nixy.toml:1: proxy_platform: must be one of "nginx", "haproxy" (got "caddy"); correct it, or remove the line for the default (nginx)',
    ],
    ["date", `xproxy = 1979-05-27${namespace}`, "nixy.toml:1: xproxy: must be a string (got a date); correct it"],
    [
      "2^53",
      `api_timeout = 9007199254740993${namespace}`,
      "nixy.toml:1: api_timeout: must be a number (got 9007199254740993); correct it, or remove the line for the default (10)",
    ],
    [
      "nan",
      `api_timeout = nan${namespace}`,
      "nixy.toml:1: api_timeout: must be a number (got NaN); correct it, or remove the line for the default (10)",
    ],
    ["secret type", `${namespace}pass = 5`, "nixy.toml:5: pass: must be a string (got a number); correct it"],
    [
      "socket",
      `haproxysocketaddr = "nowhere"${namespace}`,
      'nixy.toml:1: haproxysocketaddr: must be the path of a socket or host:port, such as /run/haproxy/admin.sock (got "nowhere"); correct it',
    ],
    [
      "vhost",
      `${namespace}leader_vhost = "a; }"`,
      'nixy.toml:5: leader_vhost: must not contain quotes, ; { } or \\ (got "a; }"); correct it',
    ],
    [
      "userinfo",
      '[[namespaces]]\nname = "a"\ndrove = ["http://u:p/w@d"]',
      'nixy.toml:3: drove[0]: must be a URL such as https://drove1.example:8080, without user or password in it (got "http://[redacted]@d"); correct it',
    ],
    [
      "no quotes",
      `${namespace}pass = hunter2`,
      'nixy.toml:5: pass: is not valid TOML: invalid value (column 8); text stands in quotes: key = "value"',
    ],
    [
      "open string",
      `${namespace}user = "x`,
      "nixy.toml:5: user: is not valid TOML: unfinished string (column 8); correct the line",
    ],
    [
      "nesting",
      `x = ${"[".repeat(5000)}`,
      "nixy.toml:1: is not valid TOML: document contains excessively nested structures. aborting. (column 21); correct the line",
    ],
    ["10 MB", "#".repeat(10_000_000), "nixy.toml: is larger than 1 MiB; is this the right file?"],
  ];
  for (const [name, source, expected] of cases) {
    test(name, async () => {
      const error = await thrown(() => parse(source));
      assert.equal(error.code, "config-invalid");
      assert.equal(error.message, expected);
      assert.equal(error.cause, undefined);
    });
  }

  test("all of them are told, the first in the message", async () => {
    const error = await thrown(() => parse(`port = 0\nnginx_cmd = ""\nnginx_fail_timeout = "ten"${namespace}`));
    assert.match(error.message, /^nixy\.toml:1: port: .*\(and 2 more\)$/);
    const lines = error.facts["problems"] as readonly string[];
    assert.deepEqual(
      lines.map((line) => line.split(": ").slice(0, 2).join(" ")),
      ["nixy.toml:1 port", "nixy.toml:2 nginx_cmd", "nixy.toml:3 nginx_fail_timeout"],
    );
  });

  test("a file of very many keys is refused at once", async () => {
    const source = Array.from({ length: 60_000 }, (_, index) => `k${index}=1`).join("\n");
    assert.match((await thrown(() => parse(source))).message, /^nixy\.toml: has 60000 keys, more than 5000/);
  });

  test("hostile key names stay one line and harm nothing", () => {
    const source = `__proto__ = "x"\nconstructor = 1\n"a\\nb" = 2${namespace}`;
    assert.deepEqual(
      parse(source).notes.map((note) => note.subject),
      ["__proto__", "constructor", '"a\\nb"'],
    );
  });
});
