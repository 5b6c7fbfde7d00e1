import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { readRecorded } from "../../../agent/cli/recorded.ts";
import { failureOf, newFolder } from "../apply/folder.ts";
import { namespaceOf } from "../desired/fixtures.ts";

const app = {
  appName: "x",
  appId: "x-1",
  vhost: "x.test",
  tags: null,
  hosts: [{ host: "10.0.0.1", port: 80, portType: "HTTP" }],
};
const answer = { status: "SUCCESS", data: [app], message: "success" };

describe("a recorded answer", () => {
  test("may be whole or only its data", async (t) => {
    const folder = await newFolder(t);
    for (const [index, content] of [answer, answer.data].entries()) {
      const file = join(folder, `${index}.json`);
      await writeFile(file, JSON.stringify(content));
      const [snapshot] = await readRecorded([{ namespace: "a", file }], [namespaceOf()]);
      assert.deepEqual(snapshot?.apps, [{ ...app, tags: {} }]);
    }
  });

  test("tells of apps that cannot be read", async (t) => {
    const file = join(await newFolder(t), "x.json");
    await writeFile(file, JSON.stringify([app, 7]));
    const [snapshot] = await readRecorded([{ namespace: "a", file }], [namespaceOf()]);
    assert.deepEqual(
      snapshot?.notes.map((note) => note.code),
      ["app-malformed"],
    );
  });

  test("that is none is told with the file", async (t) => {
    const file = join(await newFolder(t), "x.json");
    for (const text of ["{", '{"status":"FAILED","message":"no"}', "7"]) {
      await writeFile(file, text);
      const error = await failureOf(readRecorded([{ namespace: "a", file }], [namespaceOf()]));
      assert.equal(error.code, "usage");
      assert.ok(error.message.startsWith(`--endpoints: cannot use ${file}: `), error.message);
    }
    assert.match(
      (await failureOf(readRecorded([{ namespace: "a", file: "/none" }], [namespaceOf()]))).message,
      /\/none: ENOENT/,
    );
  });

  test("of a namespace that is not configured is told with those that are", async () => {
    const namespaces = [namespaceOf(), namespaceOf({ name: "b" })];
    const error = await failureOf(readRecorded([{ namespace: "c", file: "x" }], namespaces));
    assert.equal(error.message, "--endpoints c=…: there is no such namespace, only a, b");
  });
});

test("a namespace without one has no apps, and its first controller stands for the leader", async () => {
  const urls = ["http://d1.test:8080", "https://d1.test", "http://d1.test", "http://[2001:db8::1]:9090"];
  const snapshots = await readRecorded(
    [],
    urls.map((url, index) => namespaceOf({ name: `n${index}`, drove: [url, "http://other.test"] })),
  );
  assert.deepEqual(
    snapshots.map(({ leader, apps }) => [leader?.host, leader?.port, leader?.endpoint, apps.length]),
    [
      ["d1.test", 8080, "http://d1.test:8080", 0],
      ["d1.test", 443, "https://d1.test", 0],
      ["d1.test", 80, "http://d1.test", 0],
      ["2001:db8::1", 9090, "http://[2001:db8::1]:9090", 0],
    ],
  );
});
