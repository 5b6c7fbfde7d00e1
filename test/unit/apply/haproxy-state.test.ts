import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseBackends, parseInfo, parseServersConn, parseServersState } from "../../../agent/apply/haproxy-state.ts";
import { AgentError } from "../../../agent/errors.ts";

const header =
  "# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state srv_agent_state bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl srv_check_port srv_check_addr srv_agent_addr srv_agent_port";

function throws(work: () => unknown, message: RegExp): void {
  assert.throws(work, (error) => {
    assert.ok(error instanceof AgentError);
    assert.equal(error.code, "proxy-api-failed");
    assert.match(error.message, message);
    assert.doesNotMatch(error.message, /\n/);
    return true;
  });
}

describe("the state of servers", () => {
  test("is read as HAProxy 3.0 and 3.2 print it", () => {
    const text = `1
${header}
2 shop.test 1 server_127.0.0.1_9001 127.0.0.1 2 0 1 1 6 1 0 2 0 0 0 0 - 9001 - 0 0 - - 0
2 shop.test 2 v6 2001:db8::1 0 1 1 1 12 1 0 0 14 0 0 0 - 9002 - 0 0 - - 0
3 api.test_blue 1 named - 2 32 1 1 0 1 0 1 0 0 0 0 app.invalid 80 - 0 0 - - 0
`;
    const server = (backend: string, name: string, rest: object) => ({ backend, name, ...rest });
    assert.deepEqual(parseServersState(text), [
      server("shop.test", "server_127.0.0.1_9001", {
        address: "127.0.0.1",
        port: 9001,
        operational: 2,
        admin: 0,
        secondsSinceChange: 6,
      }),
      server("shop.test", "v6", {
        address: "2001:db8::1",
        port: 9002,
        operational: 0,
        admin: 1,
        secondsSinceChange: 12,
      }),
      server("api.test_blue", "named", {
        address: "-",
        port: 80,
        operational: 2,
        admin: 32,
        secondsSinceChange: 0,
      }),
    ]);
  });

  test("is read by its header, whatever the order of columns", () => {
    const text =
      "1\n# srv_port new srv_time_since_last_change srv_admin_state srv_op_state srv_addr srv_name be_name\n80 x 5 4 3 ::1 s b\n";
    assert.deepEqual(parseServersState(text), [
      { backend: "b", name: "s", address: "::1", port: 80, operational: 3, admin: 4, secondsSinceChange: 5 },
    ]);
  });

  test("may have no servers, and no final newline", () => {
    assert.deepEqual(parseServersState(`1\n${header}`), []);
    assert.deepEqual(parseServersState(`1\n${header}\n\n`), []);
  });

  test("of another format, without a column, or cut off is refused", () => {
    throws(() => parseServersState(`2\n${header}\n`), /^the state of servers has format version "2", and this agent/);
    throws(() => parseServersState(""), /format version ""/);
    throws(() => parseServersState("Can't find backend."), /format version "Can't find backend\."/);
    throws(() => parseServersState("1\n"), /has no column be_name; its header is ""/);
    throws(
      () => parseServersState(`1\n${header.replace("srv_port ", "")}\n`),
      /has no column srv_port; its header is "# be/,
    );
    throws(
      () => parseServersState(`1\n${header}\n2 shop 1 s 127.0.0.1 2 0 1 1 6\n`),
      /^line 3 of .* is cut off: "2 shop/,
    );
  });
});

describe("what HAProxy says of itself", () => {
  test("is its version, its process and its description", () => {
    const text =
      "Name: HAProxy\nVersion: 3.2.26-1\nNbproc: 1\nPid: 19283\nnode: vm\ndescription: g: 0123\nStopping: 0\n";
    assert.deepEqual(parseInfo(text), { version: "3.2.26-1", pid: 19283, description: "g: 0123" });
    for (const none of [text.replace("g: 0123", ""), text.replace("description: g: 0123\n", "")])
      assert.equal(parseInfo(none).description, "");
  });

  test("is nothing if it is something else", () => {
    throws(() => parseInfo("Permission denied"), /^no answer to "show info": "Permission denied"$/);
    throws(() => parseInfo("Version: 1\nPid: x\n"), /no answer/);
  });
});

test("backends are those under the header", () => {
  assert.deepEqual([...parseBackends("# name\na\nb_blue\n")], ["a", "b_blue"]);
  assert.deepEqual([...parseBackends("# name")], []);
  throws(() => parseBackends("Permission denied"), /^no answer to "show backend"/);
});

test("connections in use are found by the header: in 3.4 it has other columns", () => {
  const older = `# bkname/svname bkid/svid addr port - purge_delay used_cur used_max need_est unsafe_nb safe_nb idle_lim idle_cur idle_per_thr[2]
shop.test/s1 2/1 127.0.0.1 1 - 5000 0 0 0 0 0 -1 0 0 0
shop.test/s2 2/2 ::1 2 - 5000 3 4 0 0 0 -1 7 0 0
`;
  const newer = `# bkname/svname bkid/svid addr port - purge_delay served used_cur used_max need_est unsafe_nb safe_nb idle_lim idle_cur idle_sess idle_per_thr[2]
shop.test/s1 2/1 127.0.0.1 1 - 5000 9 0 0 0 0 0 -1 0 0 0 0
shop.test/s2 2/2 ::1 2 - 5000 9 3 4 0 0 0 -1 7 0 0 0
`;
  for (const text of [older, newer])
    assert.deepEqual(
      [...parseServersConn(text)],
      [
        ["s1", 0],
        ["s2", 3],
      ],
    );
  assert.deepEqual([...parseServersConn(older.split("\n")[0] ?? "")], []);
  throws(() => parseServersConn("Can't find backend."), /has no column bkname\/svname; its header is "Can't find/);
});
