import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseCommand, usage } from "../../../agent/cli/arguments.ts";
import { AgentError } from "../../../agent/errors.ts";

const parse = (line: string) => parseCommand(line.split(" ").filter((word) => word !== ""));

describe("the command", () => {
  test("is run, said or not", () => {
    assert.deepEqual(parse(""), { name: "run", file: undefined });
    assert.deepEqual(parse("run"), { name: "run", file: undefined });
    assert.deepEqual(parse("run -f x.toml"), { name: "run", file: "x.toml" });
    assert.deepEqual(parse("-f x.toml run"), { name: "run", file: "x.toml" });
  });

  test("is one of the others", () => {
    assert.deepEqual(parse("healthcheck --file x.toml"), { name: "healthcheck", file: "x.toml" });
    assert.deepEqual(parse("version"), { name: "version" });
    assert.deepEqual(parse("help"), { name: "help" });
    assert.deepEqual(parse("-h"), { name: "help" });
    assert.deepEqual(parse("run --help"), { name: "help" });
  });

  test("check and render take recorded endpoints", () => {
    for (const name of ["check", "render"] as const) {
      assert.deepEqual(parse(name), { name, file: undefined, endpoints: [] });
      assert.deepEqual(parse(`${name} -f x.toml --endpoints a=a.json --endpoints b=/p/b=c.json`), {
        name,
        file: "x.toml",
        endpoints: [
          { namespace: "a", file: "a.json" },
          { namespace: "b", file: "/p/b=c.json" },
        ],
      });
    }
  });
});

describe("what the running gateway is asked", () => {
  test("takes --json", () => {
    for (const name of ["plan", "diff", "thaw"] as const) {
      assert.deepEqual(parse(name), { name, file: undefined, json: false });
      assert.deepEqual(parse(`${name} --json -f x.toml`), { name, file: "x.toml", json: true });
    }
  });

  test("is to accept what is held, of one namespace or of all", () => {
    const bare = { name: "accept", file: undefined, json: false, namespace: undefined };
    assert.deepEqual(parse("accept"), bare);
    assert.deepEqual(parse("accept prod -f x.toml --json"), { ...bare, file: "x.toml", json: true, namespace: "prod" });
    assert.throws(() => parse("accept prod stage"), { code: "usage", message: /unexpected "stage"/ });
    assert.throws(() => parse("thaw prod"), { code: "usage", message: /unexpected "prod"/ });
  });

  test("is to freeze for a while, for a reason", () => {
    const bare = { name: "freeze", file: undefined, json: false, for: undefined, reason: undefined };
    assert.deepEqual(parse("freeze"), bare);
    assert.deepEqual(parse("freeze --for 1h30m --reason inventory"), { ...bare, for: "1h30m", reason: "inventory" });
    assert.throws(() => parse("freeze --for soon"), { code: "usage", message: /--for needs a time such as .* "soon"/ });
  });

  test("is refused with what belongs to another command", () => {
    for (const line of ["run --json", "plan --for 2h", "diff --endpoints a=b", "check --reason x"])
      assert.throws(() => parse(line), { code: "usage", message: /takes no --/ }, line);
  });
});

describe("nixy's flags", () => {
  for (const line of [
    "-f x.toml",
    "--f x.toml",
    "-f=x.toml",
    "--f=x.toml",
    "-file x.toml",
    "--file=x.toml",
    "-fx.toml",
  ]) {
    test(line, () => assert.deepEqual(parse(line), { name: "run", file: "x.toml" }));
  }

  for (const line of ["-v", "--v", "-version", "--version", "-f x.toml -v"]) {
    test(line, () => assert.deepEqual(parse(line), { name: "version" }));
  }

  for (const dashes of ["-", "--"]) {
    test(`${dashes}sync-haproxy-state-config -f FILE`, () => {
      const wanted = { name: "sync-haproxy-state-config", file: "x.toml" };
      assert.deepEqual(parse(`${dashes}sync-haproxy-state-config ${dashes}f x.toml`), wanted);
      assert.deepEqual(parse(`-f x.toml ${dashes}sync-haproxy-state-config`), wanted);
    });
  }

  test("a path may begin with a slash, and hold an equals sign", () => {
    assert.deepEqual(parse("-f /etc/a=b.toml"), { name: "run", file: "/etc/a=b.toml" });
    assert.deepEqual(parse("-f=/etc/a=b.toml"), { name: "run", file: "/etc/a=b.toml" });
    assert.deepEqual(parse("-f/etc/x.toml"), { name: "run", file: "/etc/x.toml" });
  });
});

describe("wrong usage is told in one line that leads on", () => {
  const cases = {
    fly: /^unknown command "fly"/,
    "run away": /^unexpected "away"/,
    "--nope": /nope/,
    "-x": /-x/,
    "-f": /-f/,
    "render --endpoints a.json": /^--endpoints needs NAMESPACE=FILE\.json, not "a\.json"/,
    "render --endpoints =a.json": /not "=a\.json"/,
    "render --endpoints a=": /not "a="/,
  };
  for (const [line, message] of Object.entries(cases)) {
    test(line, () => {
      assert.throws(
        () => parse(line),
        (error) => {
          assert.ok(error instanceof AgentError);
          assert.equal(error.code, "usage");
          assert.match(error.message, message);
          assert.match(error.message, /^[^\n]*; see drove-gateway --help$/);
          return true;
        },
      );
    });
  }
});

test("the usage names every command", () => {
  for (const name of ["run", "check", "render", "healthcheck", "version", "sync-haproxy-state-config"])
    assert.match(usage, new RegExp(`\\b${name}\\b`));
});
