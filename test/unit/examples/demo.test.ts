import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseConfig } from "../../../agent/config/parse.ts";
import { readAgentLine } from "../../../examples/demo/agent-log.ts";
import { parseDemoArguments } from "../../../examples/demo/arguments.ts";
import { gatewayToml } from "../../../examples/demo/gateway-toml.ts";
import { roundOf } from "../../../examples/demo/script.ts";
import { allWell, summary } from "../../../examples/demo/tally.ts";
import { formatEntry } from "../../../examples/demo/timeline.ts";

describe("the demo's arguments", () => {
  test("--for takes seconds", () => {
    assert.deepEqual(parseDemoArguments([]), { name: "run", forMs: undefined });
    assert.deepEqual(parseDemoArguments(["--for", "2.5"]), { name: "run", forMs: 2500 });
    assert.deepEqual(parseDemoArguments(["--help"]), { name: "help" });
  });

  for (const wrong of ["", "0", "-1", "soon", "Infinity", "1e9"]) {
    test(`--for ${JSON.stringify(wrong)} is refused`, () => {
      assert.throws(() => parseDemoArguments([`--for=${wrong}`]), /--for needs a number of seconds/);
    });
  }
});

describe("the demo's lines", () => {
  const entry = { kind: "served", text: "a.test answers", tookMs: 41.7 } as const;

  test("stand in columns, without colours unless they are wanted", () => {
    const plain = formatEntry(entry, { atMs: 12_340, colours: false });
    assert.match(plain, /^ {2}12\.3 s {4}served {3}a\.test answers {40,}42 ms$/);
    const event = formatEntry({ kind: "event", text: "b" }, { atMs: 0, colours: false });
    assert.equal(event, "   0.0 s  event    b");
  });

  test("have the same text in colours", () => {
    const coloured = formatEntry(entry, { atMs: 12_340, colours: true });
    assert.notEqual(coloured, formatEntry(entry, { atMs: 12_340, colours: false }));
    // biome-ignore lint/complexity/useRegexLiterals: a literal would need the control character itself.
    const bare = coloured.replaceAll(new RegExp("\\u001b\\[\\d+m", "g"), "");
    assert.equal(bare, formatEntry(entry, { atMs: 12_340, colours: false }));
  });
});

describe("the agent's log", () => {
  test("tells of what was applied, refused, and went wrong", () => {
    const applied = {
      level: "info",
      msg: "applied",
      plan: "reload",
      reasons: "r",
      check_ms: 1,
      reload_ms: 2,
      total_ms: 4,
    };
    assert.deepEqual(readAgentLine(JSON.stringify({ ...applied, proof: "generation" })), {
      about: "applied",
      plan: "reload",
      reasons: "r",
      checkMs: 1,
      reloadMs: 2,
      totalMs: 4,
      proof: "generation",
    });
    const refused = { level: "warn", msg: "vhost no; the app is not served", code: "vhost-refused", app: "x-1" };
    assert.deepEqual(readAgentLine(JSON.stringify(refused)), { about: "refused", app: "x-1", message: refused.msg });
    const trouble = { level: "error", msg: "not applied", error: "nginx refuses" };
    assert.deepEqual(readAgentLine(JSON.stringify(trouble)), {
      about: "trouble",
      message: "not applied: nginx refuses",
    });
  });

  test("is silent about the rest, and passes on what is no JSON", () => {
    assert.equal(readAgentLine('{"level":"info","msg":"started"}'), undefined);
    assert.equal(readAgentLine(""), undefined);
    assert.deepEqual(readAgentLine("Error: no"), { about: "trouble", message: "Error: no" });
  });
});

describe("the demo's verdict", () => {
  const served = { says: "a", tookMs: 50 };
  const good = { changes: [served, { says: "b", tookMs: 70 }, served], requests: 1200, failed: 0, broken: undefined };

  test("is good only if all was served and no request failed", () => {
    assert.equal(allWell(good), true);
    assert.equal(allWell({ ...good, failed: 1 }), false);
    assert.equal(allWell({ ...good, requests: 0 }), false);
    assert.equal(allWell({ ...good, broken: "nginx has ended" }), false);
    assert.equal(allWell({ ...good, changes: [served, { says: "c", tookMs: undefined }] }), false);
  });

  test("comes in words", () => {
    assert.match(summary(good)[0] ?? "", /^3 changes, all served; .* median 50 ms, slowest 70 ms$/);
    assert.equal(summary(good)[1], "1,200 requests meanwhile, 0 failed");
    assert.match(
      summary({ ...good, changes: [{ says: "c", tookMs: undefined }] })[0] ?? "",
      /^1 change, 1 not served$/,
    );
  });
});

describe("the demo's script", () => {
  test("rounds follow from each other: what one deploys the next replaces", () => {
    const says = (round: number) => roundOf(round).map((change) => change.says);
    assert.ok(says(1).some((text) => text.includes("2.0.0 takes over")));
    assert.ok(says(2).some((text) => text.includes("2.0.0 is stopped")));
    assert.equal(new Set(says(1)).size, says(1).length);
  });

  test("its agent gets a configuration without a warning", () => {
    const ports = { proxy: 7000, api: 6000, status: 6001 };
    const facts = { folder: "/tmp/demo", nginx: "/usr/sbin/nginx", controllers: ["http://127.0.0.1:1"], ports };
    const { config, notes } = parseConfig(gatewayToml({ ...facts, leaderVhost: "drove.localhost" }), "x.toml");
    assert.deepEqual(notes, []);
    assert.equal(config.nginx_config, "/tmp/demo/nginx.conf");
  });
});
