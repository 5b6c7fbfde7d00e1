import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { haproxyCli, sendOver } from "../../../agent/apply/haproxy-cli.ts";
import { until } from "../agent/fake-clock.ts";
import { failureOf, newFolder } from "./folder.ts";
import { scriptedSocket } from "./scripted-socket.ts";

const forever = new AbortController().signal;
const soon = { signal: forever, timeoutMs: 30_000 };
const greeting = "\n> \n> ";

/** Says this once the last command has arrived. */
function saying(text: string, { last = "two" } = {}) {
  return async (socket: Socket, heard: (text: string) => Promise<void>) => {
    await heard(`${last}\n`);
    socket.write(text);
  };
}

async function answersTo(t: TestContext, commands: readonly string[], text: string) {
  const socket = await scriptedSocket(t, saying(text, { last: commands.at(-1) ?? "" }));
  return await sendOver(haproxyCli(socket.path))(commands, soon);
}

describe("commands", () => {
  test("go out at once, one per line, after the words that make answers exact", async (t) => {
    const socket = await scriptedSocket(t, saying(`${greeting}[6]: New server registered.\n\n> \n> `));
    const replies = await sendOver(haproxyCli(`unix@${socket.path}`))(["one", "two"], soon);
    assert.equal(socket.received(), "prompt\nset severity-output number\none\ntwo\n");
    assert.deepEqual(replies, [
      { ok: true, text: "New server registered." },
      { ok: true, text: "" },
    ]);
    await until(() => socket.open() === 0);
  });

  test("none at all ask nobody", async () => {
    assert.deepEqual(await sendOver(haproxyCli("/none"))([], soon), []);
  });

  test("that are no single command are refused before anything is sent", async (t) => {
    const socket = await scriptedSocket(t, () => undefined);
    const bad = ["a;b", "a\nb", "a\rb", "a\u0000b", "set map x <<", "", "  ", "x".repeat(15_001), "é".repeat(7501)];
    for (const command of bad) {
      const error = await failureOf(sendOver(haproxyCli(socket.path))(["fine", command], soon));
      assert.equal(error.code, "proxy-api-failed", command.slice(0, 20));
      assert.match(error.message, /it is not sent$/);
    }
    assert.equal(socket.received(), "");
  });

  test("of 15,000 bytes are sent", async (t) => {
    const command = "x".repeat(15_000);
    assert.deepEqual(await answersTo(t, [command], `${greeting}\n> `), [{ ok: true, text: "" }]);
  });
});

describe("a conversation", () => {
  test("says more before the answers are there, to each what was said to it", async (t) => {
    const socket = await scriptedSocket(t, async (client, heard) => {
      await heard("four\n");
      client.write(`${greeting}[6]: 1\n\n> [6]: 2\n`);
      client.write("\n> [3]: 3\n\n> [6]: 4\n\n> ");
    });
    const texts = await haproxyCli(socket.path)(soon, async (say) => {
      const both = [say(["one", "two"]), say(["three"])];
      const last = say(["four"]);
      return [...(await Promise.all(both)), await last].map((replies) => replies.map(({ text }) => text));
    });
    assert.deepEqual(texts, [["1", "2"], ["3"], ["4"]]);
    assert.equal(socket.received(), "prompt\nset severity-output number\none\ntwo\nthree\nfour\n");
    await until(() => socket.open() === 0);
  });

  test("goes on by what was answered, and has one deadline", async (t) => {
    const socket = await scriptedSocket(t, async (client, heard) => {
      await heard("one\n");
      client.write(`${greeting}[6]: first\n\n> `);
    });
    const heard: string[] = [];
    const talk = haproxyCli(socket.path)({ ...soon, timeoutMs: 1000 }, async (say) => {
      for (const reply of await say(["one"])) heard.push(reply.text);
      return await say(["two"]);
    });
    assert.match((await failureOf(talk)).message, /did not answer within 1 s/);
    assert.deepEqual(heard, ["first"]);
    await until(() => socket.open() === 0);
  });

  test("ends where the work throws", async (t) => {
    const socket = await scriptedSocket(t, () => undefined);
    await assert.rejects(
      haproxyCli(socket.path)(soon, async () => {
        throw new Error("changed its mind");
      }),
      /changed its mind/,
    );
    await until(() => socket.open() === 0);
  });
});

describe("a reply", () => {
  const cases: Readonly<Record<string, { readonly ok: boolean; readonly text: string }>> = {
    "[3]: No such server.\n": { ok: false, text: "No such server." },
    "[2]: x\n": { ok: false, text: "x" },
    "[0]: x\n": { ok: false, text: "x" },
    "[6]: New server registered.\n": { ok: true, text: "New server registered." },
    "[5]: health check port updated.\n": { ok: true, text: "health check port updated." },
    "[7]: x": { ok: true, text: "x" },
    // HAProxy 2.6: no blank line.
    "Server deleted.": { ok: true, text: "Server deleted." },
    "": { ok: true, text: "" },
    "[6]: Unknown command: 'x', but maybe one of the following ones is a better match:\n  quit\n": {
      ok: false,
      text: "Unknown command: 'x', but maybe one of the following ones is a better match:\n  quit",
    },
    "[4]: IP changed from '127.0.0.1' to '127.0.0.2', no need to change the port by 'stats socket command'\n": {
      ok: true,
      text: "IP changed from '127.0.0.1' to '127.0.0.2', no need to change the port by 'stats socket command'",
    },
    "[4]: no need to change the addr, port changed from '1' to '2'\n": {
      ok: true,
      text: "no need to change the addr, port changed from '1' to '2'",
    },
    "[4]: nothing changed\n": { ok: true, text: "nothing changed" },
    "[4]: Invalid addr 'bogus'\n": { ok: false, text: "Invalid addr 'bogus'" },
    "[4]: Update for the current server address family is only supported through configuration file.\n": {
      ok: false,
      text: "Update for the current server address family is only supported through configuration file.",
    },
    "1\n# be_id\n> x\n": { ok: true, text: "1\n# be_id" },
  };
  for (const [answer, reply] of Object.entries(cases)) {
    test(JSON.stringify(answer.slice(0, 50)), async (t) => {
      assert.deepEqual(await answersTo(t, ["one"], `${greeting}${answer}\n> `), [reply]);
    });
  }

  test("may arrive in single bytes, in any alphabet", async (t) => {
    const bytes = Buffer.from(`${greeting}[3]: größer >\n > \n\n> \n\n\n> `);
    const socket = await scriptedSocket(t, async (client, heard) => {
      await heard("two\n");
      client.setNoDelay(true);
      for (const byte of bytes) {
        await new Promise((resolve) => client.write(Buffer.from([byte]), resolve));
        await new Promise(setImmediate);
      }
    });
    assert.deepEqual(await sendOver(haproxyCli(socket.path))(["one", "two"], soon), [
      { ok: false, text: "größer >\n > " },
      { ok: true, text: "" },
    ]);
  });

  test("may be large", async (t) => {
    const line = `${"x".repeat(99)}\n`;
    const [reply] = await answersTo(t, ["one"], `${greeting}${line.repeat(50_000)}\n> `);
    assert.equal(reply?.text, line.repeat(50_000).trimEnd());
  });
});

describe("a failure", () => {
  const ask = async (path: string, options: Partial<typeof soon> = {}) => {
    const error = await failureOf(sendOver(haproxyCli(path))(["one", "two"], { ...soon, ...options }));
    assert.equal(error.code, "proxy-api-failed");
    assert.equal(error.retry, "soon");
    assert.ok(error.message.includes(path));
    assert.equal(error.facts["address"], path);
    return error.message.replace(path, "PATH").replace(path, "PATH");
  };

  test("of a socket that is not there has a remedy", async () => {
    assert.equal(
      await ask("/none/s"),
      'HAProxy at PATH cannot be reached: ENOENT; there is no such socket: start HAProxy with "stats socket PATH level admin", or correct haproxysocketaddr',
    );
  });

  test("of one where nobody listens has another", async (t) => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    assert.ok(address !== null && typeof address === "object");
    server.close();
    await once(server, "close");
    const message = await ask(`ipv4@127.0.0.1:${address.port}`);
    assert.equal(
      message,
      "HAProxy at PATH cannot be reached: ECONNREFUSED; nobody listens there: start HAProxy, or correct haproxysocketaddr",
    );
    // What is no socket at all refuses in the same way.
    const file = join(await newFolder(t), "file");
    await writeFile(file, "");
    assert.match(await ask(file), /ECONNREFUSED; nobody listens there/);
  });

  test("is a hang", async (t) => {
    const silent = await scriptedSocket(t, () => undefined);
    assert.match(
      await ask(silent.path, { timeoutMs: 50 }),
      /^HAProxy at PATH did not answer within 0\.05 s; does it hang/,
    );
    const stuck = await scriptedSocket(t, saying(`${greeting}[6]: one\n\n> `));
    assert.match(await ask(stuck.path, { timeoutMs: 200 }), /did not answer within 0\.2 s/);
    await until(() => silent.open() + stuck.open() === 0);
  });

  test("is an end in the middle, with what was said last", async (t) => {
    const cut = await scriptedSocket(t, async (socket, heard) => {
      await heard("two\n");
      socket.end(`${greeting}[6]: one\n\n> The command line is too big`);
    });
    assert.equal(
      await ask(cut.path),
      'HAProxy at PATH closed the connection after 1 of 2 answers; it said last: "The command line is too big"',
    );
    const mute = await scriptedSocket(t, (socket) => void socket.end());
    assert.match(await ask(mute.path), /^HAProxy at PATH closed the connection after 0 of 2 answers$/);
  });

  test("is nonsense, told at once", async (t) => {
    const web = await scriptedSocket(t, (socket) => void socket.write("HTTP/1.1 400 Bad Request\r\n"));
    assert.equal(
      await ask(web.path),
      'HAProxy at PATH does not speak like a stats socket: it says "HTTP/1.1 400 Bad Request\\r\\n"; correct haproxysocketaddr',
    );
    const master = await scriptedSocket(t, saying("master> master> "));
    assert.match(await ask(master.path), /it says "master> master> "/);
    await until(() => web.open() + master.open() === 0);
  });

  test("is an answer without end", async (t) => {
    const endless = await scriptedSocket(t, async (socket, heard) => {
      await heard("two\n");
      socket.write(greeting);
      const piece = "x".repeat(1024 * 1024);
      while (!socket.destroyed) await new Promise((resolve) => socket.write(piece, resolve));
    });
    assert.equal(await ask(endless.path), "HAProxy at PATH answers with more than 64 MiB");
  });

  test("is an address that is none", async () => {
    for (const address of ["admin.sock", ":1", "[::1]"]) {
      const error = await failureOf(sendOver(haproxyCli(address))(["one"], soon));
      assert.equal(error.message, `"${address}" is no address of a socket; correct haproxysocketaddr`);
    }
  });
});

describe("a signal", () => {
  test("ends the wait with its own reason, and the connection", async (t) => {
    const socket = await scriptedSocket(t, () => undefined);
    const stop = new AbortController();
    const asking = sendOver(haproxyCli(socket.path))(["one"], { signal: stop.signal, timeoutMs: 600_000 });
    await until(() => socket.received().includes("one"));
    stop.abort();
    await assert.rejects(asking, { name: "AbortError" });
    await until(() => socket.open() === 0);
    await assert.rejects(sendOver(haproxyCli(socket.path))(["one"], { signal: stop.signal, timeoutMs: 1 }), {
      name: "AbortError",
    });
  });
});

describe("a TCP address", () => {
  const forms = {
    "127.0.0.1": ["127.0.0.1:PORT", "ipv4@127.0.0.1:PORT", "localhost:PORT"],
    "::1": ["[::1]:PORT", "ipv6@[::1]:PORT", "ipv6@::1:PORT"],
  };
  for (const [host, addresses] of Object.entries(forms)) {
    test(`leads to ${host}`, async () => {
      const server = createServer((socket) => void socket.write(`${greeting}\n> `)).listen(0, host);
      await once(server, "listening");
      const address = server.address();
      assert.ok(address !== null && typeof address === "object");
      for (const form of addresses) {
        const replies = await sendOver(haproxyCli(form.replace("PORT", String(address.port))))(["one"], soon);
        assert.deepEqual(replies, [{ ok: true, text: "" }], form);
      }
      server.close();
    });
  }
});
