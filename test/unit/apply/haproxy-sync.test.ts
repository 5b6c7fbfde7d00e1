import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { syncStateConfig } from "../../../agent/apply/haproxy-sync.ts";
import { AgentError } from "../../../agent/errors.ts";

const header =
  "# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state srv_agent_state bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl srv_check_port srv_check_addr srv_agent_addr srv_agent_port";

function stateOf(
  ...servers: readonly (readonly [backend: string, name: string, address: string, port: number, admin?: number])[]
) {
  const rows = servers.map(
    ([backend, name, address, port, admin = 0]) =>
      `2 ${backend} 1 ${name} ${address} 2 ${admin} 1 1 6 1 0 2 0 0 0 0 - ${port} - 0 0 - - 0`,
  );
  return ["1", header, ...rows, ""].join("\n");
}

const config = `global
  daemon
backend shop.test
  balance roundrobin
  #DROVE-SERVERS-BEGIN shop.test
  server gone 10.0.0.9:1
  #DROVE-SERVERS-END
backend api.test
#DROVE-SERVERS-BEGIN api.test
#DROVE-SERVERS-END
# the end
`;

test("blocks get the servers of their backends, and nothing else changes", () => {
  const state = stateOf(
    ["shop.test", "a", "10.0.0.1", 31_411],
    ["api.test", "b", "10.0.0.2", 80],
    ["shop.test", "c", "10.0.0.3", 1],
    ["other", "d", "10.0.0.4", 1],
  );
  const wanted = config
    .replace("  server gone 10.0.0.9:1\n", "  server a 10.0.0.1:31411\n  server c 10.0.0.3:1\n")
    .replace("BEGIN api.test\n", "BEGIN api.test\n  server b 10.0.0.2:80\n");
  const synced = syncStateConfig(config, state);
  assert.equal(synced, wanted);
  assert.equal(syncStateConfig(synced, state), wanted);
});

test("without a state, or with an empty file, blocks are empty", () => {
  const empty = config.replace("  server gone 10.0.0.9:1\n", "");
  for (const none of [undefined, "", "\n", stateOf()]) assert.equal(syncStateConfig(config, none), empty);
});

test("every other byte stays: line ends, tabs, bytes of any alphabet, no newline at the end", () => {
  const text = "\ufeffx\r\n\r\n\t#DROVE-SERVERS-BEGIN\ta \r\nold\r\n \t #DROVE-SERVERS-END  \r\n  y \u00e9\r\nz";
  const wanted = text.replace("old\r\n", "\tserver s 10.0.0.1:1\r\n");
  assert.equal(syncStateConfig(text, stateOf(["a", "s", "10.0.0.1", 1])), wanted);
  const last = "#DROVE-SERVERS-BEGIN a\n#DROVE-SERVERS-END";
  assert.equal(syncStateConfig(last, undefined), last);
});

test("IPv6 addresses stand in brackets", () => {
  const text = "#DROVE-SERVERS-BEGIN a\n#DROVE-SERVERS-END\n";
  const synced = syncStateConfig(text, stateOf(["a", "s", "2001:db8::1", 80], ["a", "t", "::ffff:10.0.0.1", 81]));
  assert.match(synced, /^ {2}server s \[2001:db8::1\]:80\n {2}server t \[::ffff:10\.0\.0\.1\]:81$/m);
});

describe("left out are servers", () => {
  const text = `backend a
  server fixed 10.0.0.1:1
  #DROVE-SERVERS-BEGIN a
  server dynamic 10.0.0.2:1
  #DROVE-SERVERS-END
  server after 10.0.0.3:1
peers p
  server me 10.0.0.4:1
backend b
  #DROVE-SERVERS-BEGIN b
  #DROVE-SERVERS-END
`;
  const namesIn = (synced: string) => [...synced.matchAll(/^ +server (\S+)/gm)].map((match) => match[1]);

  test("in maintenance: they leave, and must not come back; others stay, drained ones too", () => {
    const states = [0, 1, 5, 8, 32].map((admin) => ["a", `admin${admin}`, "10.0.0.9", 1, admin] as const);
    assert.deepEqual(namesIn(syncStateConfig(text, stateOf(...states))), [
      "fixed",
      "admin0",
      "admin8",
      "admin32",
      "after",
      "me",
    ]);
  });

  test("without an address", () => {
    assert.deepEqual(namesIn(syncStateConfig(text, stateOf(["a", "x", "-", 1]))), ["fixed", "after", "me"]);
  });

  test("that the configuration has outside of its blocks: HAProxy takes no name twice in a backend", () => {
    const state = ["fixed", "dynamic", "after", "me"].flatMap((name) =>
      ["a", "b"].map((backend) => [backend, name, "10.0.0.9", 1] as const),
    );
    const synced = syncStateConfig(text, stateOf(...state));
    assert.deepEqual(namesIn(synced), ["fixed", "dynamic", "me", "after", "me", "fixed", "dynamic", "after", "me"]);
  });
});

describe("refused is", () => {
  const begin = "#DROVE-SERVERS-BEGIN";
  const end = "#DROVE-SERVERS-END";
  const cases: Readonly<Record<string, readonly [config: string, message: RegExp]>> = {
    "a configuration without a block": [
      "global\n# DROVE-SERVERS-BEGIN a\n",
      /^there is no "#DROVE-SERVERS-BEGIN BACKEND"/,
    ],
    "a block without an end": [`\n${begin} a\n`, /^line 2 .* has no #DROVE-SERVERS-END$/],
    "a block in a block": [`${begin} a\n${begin} b\n${end}\n`, /^line 2 .* begins inside of the block of line 1$/],
    "an end without a beginning": [`${begin} a\n${end}\n${end}\n`, /^line 3 .* ends without a beginning$/],
    "a block without a backend": [`${begin} a\n${end}\n${begin}\n${end}\n`, /^line 3 .* does not name one backend$/],
    "a block of two": [`${begin} a b\n${end}\n`, /^line 1 .* does not name one backend$/],
  };
  for (const [name, [text, message]] of Object.entries(cases)) test(name, () => refuses(text, undefined, message));

  test("a state of another format, or cut off", () => {
    refuses(config, `2\n${header}\n`, /^the server-state file cannot be used: .* version "2", and this agent knows/);
    refuses(
      config,
      stateOf(["a", "b", "c", 1]).slice(0, -20),
      /^the server-state file cannot be used: line 3 .* cut off/,
    );
  });

  function refuses(text: string, state: string | undefined, message: RegExp): void {
    assert.throws(
      () => syncStateConfig(text, state),
      (error) => {
        assert.ok(error instanceof AgentError);
        assert.equal(error.code, "config-invalid");
        assert.match(error.message, message);
        return true;
      },
    );
  }
});

test("a thousand blocks of ten servers are filled in a moment", () => {
  const names = Array.from({ length: 1000 }, (_, index) => `app-${index}.test`);
  const text = names.map((name) => `backend ${name}\n  #DROVE-SERVERS-BEGIN ${name}\n  #DROVE-SERVERS-END\n`).join("");
  const servers = names.flatMap((name) =>
    Array.from({ length: 10 }, (_, port) => [name, `s${port}`, "10.0.0.1", port + 1] as const),
  );
  const synced = syncStateConfig(text, stateOf(...servers));
  assert.equal(synced.split("\n").length, 3 * 1000 + 10_000 + 1);
});
