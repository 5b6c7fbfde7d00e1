import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { compareShapes, managedBy, shapeOf } from "../../../agent/plan/shape.ts";
import { backendOf } from "./haproxy.ts";

const managed = managedBy([backendOf("a.test"), backendOf("tcp.test", { changesAtRuntime: false })], "server_");

const config = `
global
  maxconn 100 # inline
  # a remark
backend a.test
  balance random
  server server_10.0.0.1_80 10.0.0.1:80 check weight 10
  server	server_10.0.0.2_80   10.0.0.2:80
  server backup 10.0.0.9:80 backup
backend tcp.test
  server server_10.0.0.1_53 10.0.0.1:53
#DROVE-FILE-BEGIN hosts.map
# a.test a.test
#DROVE-FILE-END
frontend http
  bind :7000
`;

const shape = (text: string) => shapeOf(text, managed);
const change = (from: string | RegExp, to: string) => config.replace(from, to);

describe("taken apart", () => {
  test("the servers of managed backends stand by themselves, with what follows their address", () => {
    assert.deepEqual(
      [...shape(config).servers()],
      [
        ["a.test/server_10.0.0.1_80", "check weight 10"],
        ["a.test/server_10.0.0.2_80", ""],
      ],
    );
  });

  test("everything else is fixed: servers of other names, and of backends that change by reload only", () => {
    const { fixed, backends } = shape(config);
    assert.match(fixed, /server backup 10.0.0.9:80 backup/);
    assert.match(fixed, /server server_10.0.0.1_53/);
    assert.doesNotMatch(fixed, /server_10.0.0.1_80/);
    assert.deepEqual([...backends], ["a.test", "tcp.test"]);
  });

  test("a section ends where the next begins: the same line elsewhere is not one of our servers", () => {
    const after = `${config}  server server_10.0.0.7_80 10.0.0.7:80\n`;
    assert.equal(shape(after).servers().size, 2);
    assert.match(shape(after).fixed, /server_10.0.0.7_80/);
  });
});

describe("compared", () => {
  const compare = (text: string) => compareShapes(shape(config), shape(text));

  test("servers that come, go or move are no difference", () => {
    const texts = [
      change(/ +server\tserver_10.0.0.2_80.*\n/, ""),
      change("balance random", "balance random\n  server server_10.0.0.3_80 10.0.0.3:80"),
      change("10.0.0.1:80 check", "10.0.0.77:80 check"),
    ];
    for (const text of texts)
      assert.deepEqual(compare(text), { sameFixed: true, otherAttributes: [], onlyKnownAttributes: true });
  });

  test("comments, blank lines and indentation are no difference", () => {
    const text = change("# a remark", "# another").replaceAll(/^ +/gm, "\t\t").replace("frontend", "\n\nfrontend");
    assert.equal(compare(text).sameFixed, true);
  });

  test("any other line is one, and so are the lines of a file that belongs to the config", () => {
    const texts = [
      change("balance random", "balance leastconn"),
      change("# a.test a.test", "# a.test b.test"),
      change("server backup 10.0.0.9", "server backup 10.0.0.8"),
      change("10.0.0.1:53", "10.0.0.2:53"),
      change("backend a.test", "backend b.test"),
    ];
    for (const text of texts) assert.equal(compare(text).sameFixed, false, text);
  });

  test("other attributes of a server that stays are told by its name", () => {
    assert.deepEqual(compare(change("weight 10", "weight 20")).otherAttributes, ["a.test/server_10.0.0.1_80"]);
  });

  test("blanks between attributes, and at the end of a line, are no difference", () => {
    const text = change("check weight 10", "check\t weight   10 ").replace("10.0.0.2:80", "10.0.0.2:80  ");
    assert.deepEqual(compare(text), { sameFixed: true, otherAttributes: [], onlyKnownAttributes: true });
  });

  test("servers that exchange their attributes are told, though all of them are known", () => {
    const text = change("10.0.0.1:80 check weight 10", "10.0.0.1:80").replace(
      "10.0.0.2:80",
      "10.0.0.2:80 check weight 10",
    );
    assert.equal(compare(text).otherAttributes.length, 2);
    assert.equal(compare(text).onlyKnownAttributes, true);
  });

  test("attributes that HAProxy has not seen yet are told, on a new server too", () => {
    const text = change("balance random", "balance random\n  server server_10.0.0.3_80 10.0.0.3:80 ssl");
    assert.equal(compare(text).onlyKnownAttributes, false);
    assert.deepEqual(compare(text).otherAttributes, []);
  });
});
