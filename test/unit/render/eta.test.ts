import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { compile, dataOf, failureOf, vhostOf, world } from "./fixtures.ts";

const render = (text: string, partials: Readonly<Record<string, string>> = {}) =>
  compile(text, partials).render(dataOf({ vhosts: [vhostOf("a.test"), vhostOf("b.test")] }), world);
const failure = (text: string, partials: Readonly<Record<string, string>> = {}) =>
  failureOf(() => render(text, partials));

describe("a missing value", () => {
  for (const [what, expression, value] of [
    ["undefined", "it.Nothing", "undefined"],
    ["null", "null", "null"],
    ["a field of an app", "it.Vhosts[0].Nope", "undefined"],
  ] as const) {
    test(`${what} is an error with file and line`, () => {
      const error = failure(`one\ntwo\nthree <%= ${expression} %>\nfour`);
      assert.equal(error.code, "template-invalid");
      assert.equal(error.message, `/t/main.eta:3: the value is ${value}; correct the template`);
      assert.equal(error.facts["line"], `three <%= ${expression} %>`);
    });
  }

  test("that is read from is one too", () => {
    const error = failure("one\n<%= it.Nothing.Deeper %>");
    assert.match(error.message, /^\/t\/main\.eta:2: Cannot read properties of undefined \(reading 'Deeper'\); correct/);
  });

  test("in a partial names the partial", () => {
    const error = failure('one\n<%~ include("part") %>', { part: "\n\n<%= it.Nothing %>" });
    assert.equal(error.message, "/t/partials/part.eta:3: the value is undefined; correct the template");
  });

  test("two partials deep names the inner one", () => {
    const error = failure('<%~ include("outer") %>', {
      outer: '\n<%~ include("inner") %>',
      inner: "\n\n\n<%= it.Nothing %>",
    });
    assert.match(error.message, /^\/t\/partials\/inner\.eta:4: the value is undefined/);
  });

  test("is only what has no value: 0, false and the empty string print", () => {
    assert.equal(render('<%= 0 %>|<%= false %>|<%= "" %>|'), "0|false||");
  });
});

test("an error that a helper throws has file and line", () => {
  const error = failure('one\n<%= it.nginxString("$x") %>');
  assert.match(error.message, /^\/t\/main\.eta:2: .*cannot stand in an nginx string/);
});

describe("a syntax error", () => {
  const cases: readonly (readonly [string, string, number])[] = [
    ["an unclosed tag", "one\ntwo <%= it.Xproxy\nthree", 2],
    ["bad JavaScript in a value", "one\ntwo\n<%= it. %>\nfour\n<%= it.Xproxy %>", 3],
    ["bad JavaScript in a control tag", "one\n<% if it.Xproxy { %>\nx\n<% } %>", 2],
    ["a bracket too many", "one\n<% if (true) { %>\nx\n<% } %>\n<% } %>\nlast", 5],
  ];
  for (const [what, text, line] of cases) {
    test(`${what} is reported at compile time, with its line`, () => {
      const error = failureOf(() => compile(text));
      assert.equal(error.code, "template-invalid");
      assert.match(error.message, new RegExp(`^/t/main\\.eta:${line}: \\S.*; correct the template$`));
      assert.equal(error.facts["line"], text.split("\n")[line - 1]);
    });
  }

  test("a block that is never closed is one, with the last line that could close it or the one that opened it", () => {
    const error = failureOf(() => compile("one\n<% if (true) { %>\nx\n"));
    assert.match(error.message, /^\/t\/main\.eta:\d+: \S.*; correct the template$/);
  });

  test("in a partial names the partial", () => {
    const error = failureOf(() => compile("fine", { part: "one\n<%= it. %>" }));
    assert.match(error.message, /^\/t\/partials\/part\.eta:2: /);
  });
});

describe("standalone tags", () => {
  test("leave no line behind", () => {
    const text = "begin\n<% for (const app of it.Vhosts) { %>\n  <%= app.Vhost %>;\n<% } %>\nend\n";
    assert.equal(render(text), "begin\n  a.test;\n  b.test;\nend\n");
  });

  test("may be indented, and may open and close the file", () => {
    assert.equal(render("  <% if (true) { %>\n  x\n  <% } %>\n"), "  x\n");
    assert.equal(render("<% if (true) { %>\nx\n<% } %>"), "x\n");
  });

  test("one after the other leave nothing", () => {
    assert.equal(render("a\n<% if (true) { %>\n<% if (true) { %>\nx\n<% } %>\n<% } %>\nb\n"), "a\nx\nb\n");
  });

  test("keep blank lines that are meant", () => {
    assert.equal(render("a\n\n<% if (true) { %>\n\nx\n<% } %>\n\nb\n"), "a\n\n\nx\n\nb\n");
  });

  test("in the middle of a line change nothing of it", () => {
    assert.equal(render("a <% if (true) { %>x<% } %> b\n"), "a x b\n");
    assert.equal(render("a <% if (true) { %> x\n<% } %>y\n"), "a  x\ny\n");
    assert.equal(render("<%= 1 %> <% if (true) { %>\nx\n<% } %>\n"), "1 \nx\n");
  });

  test("do not concern tags that print", () => {
    assert.equal(render("a\n<%= 1 %>\nb\n"), "a\n1\nb\n");
    assert.equal(render('a\n<%~ "2" %>\nb\n'), "a\n2\nb\n");
  });
});

test("text without tags comes out as it went in", () => {
  const plain = fc
    .string({ unit: "binary", maxLength: 60 })
    // These stand for guarded characters of values (see render/guard.ts).
    .filter((text) => !text.includes("<%") && !/%>|\r|[\u{F0000}-\u{F007F}]/u.test(text));
  fc.assert(
    fc.property(plain, (text) => {
      assert.equal(compile(text).render(dataOf(), world), text);
    }),
  );
});

test("line ends of any system become newlines", () => {
  assert.equal(render("a\r\n<% if (true) { %>\r\nb\r\n<% } %>\r\nc"), "a\nb\nc");
});

test("nothing is escaped for HTML, and what is raw is not escaped at all", () => {
  assert.equal(render("<%= '<a&>' %>"), "<a&>");
  assert.equal(render(`<%= it.raw('<a href="x">&') %> <%~ 'a b;' %>`), '<a href="x">& a b;');
});

describe("partials", () => {
  test("see the root, what they were given, and the helpers", () => {
    const part = "<%= it.label %> <%= it.ProxyPort %> <%= it.upstreamName(it.app.Vhost) %>\n";
    const text = '<% for (const app of it.Vhosts) { %>\n  <%~ include("part", { app, label: "L" }) %>\n<% } %>\nend';
    assert.equal(render(text, { part }), "  L 7000 gw_a.test\n  L 7000 gw_b.test\nend");
  });

  test("leave the last newline to the line that includes them", () => {
    assert.equal(render('a\n<%~ include("part") %>\nb\n', { part: "x\ny\n" }), "a\nx\ny\nb\n");
    assert.equal(render('a <%~ include("part") %> b\n', { part: "x" }), "a x b\n");
    assert.equal(render('a\n<%~ include("part") %>\nb\n', { part: "x\r\n" }), "a\nx\nb\n");
  });

  test("that do not exist are an error with the line of the include", () => {
    const error = failure('one\n<%~ include("nope") %>', { part: "" });
    assert.match(error.message, /^\/t\/main\.eta:2: .*nope/);
  });
});

describe("functions", () => {
  test("getenv reads what it may see, and nothing else", () => {
    assert.equal(
      render('<%= it.getenv("HOME") %>|<%= it.getenv("NOPE") %>|<%= it.getenv("constructor") %>|'),
      "/root|||",
    );
  });

  test("datetime prints the time that it is given", () => {
    assert.equal(render("<%= it.datetime() %>"), "2026-01-02T03:04:05.000Z");
  });
});
