import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { AgentError } from "../../../agent/errors.ts";
import { goEngine } from "../../../agent/render/go.ts";
import { guard, unguard } from "../../../agent/render/guard.ts";
import { settle } from "../../../agent/render/settle.ts";
import { compile, configOf, dataOf, failureOf, vhostOf, world } from "./fixtures.ts";

/** `<…>` is a value, all else the template's own. */
const settled = (platform: string, text: string) =>
  settle(
    text.replaceAll(/<([^>]*)>/g, (_, value: string) => guard(value)),
    platform,
  );

/* What the proxies make of all this, test/fuzz asks the proxies. */

describe("nginx", () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ["a harmless value", "x <a-b.c:1/2=@*^>;", "x a-b.c:1/2=@*^;"],
    ["a blank makes a quoted word", "x <a b>;", 'x "a b";'],
    ["of the whole word", "x pre<a b>post;", 'x "prea bpost";'],
    ["with the template's quotes in it", 'x pre"<a b>;', 'x "pre\\"a b";'],
    ["as what ends a directive or a block", "x <a; } b {>;", 'x "a; } b {";'],
    ["in the middle only what has a meaning there", `x a<"'#}\\>;`, `x a"'#}\\\\;`],
    ["at the beginning more", "x <#a> <'> <}>;", `x "#a" "'" "}";`],
    ["in double quotes", `x "a <"b"; 'c' \\> d";`, `x "a \\"b\\"; 'c' \\\\ d";`],
    ["in single quotes", `x 'a <"b"; 'c' \\> d';`, `x 'a "b"; \\'c\\' \\\\ d';`],
    ["in a comment, to the end of the line", "# <a; }\nb>\nc;", "# a; }?b\nc;"],
    ["a line break in a string", 'x "<a\nb>";', 'x "a\\nb";'],
    ["a tilde that begins a key of a map", "map $a $b { <~x> 1; <y> 2; }", "map $a $b { \\\\~x 1; y 2; }"],
    ["a backslash that does", "map $a $b { <\\x> 1; }", "map $a $b { \\\\\\\\x 1; }"],
    ["elsewhere it is none of ours", "location <~x> { }", "location ~x { }"],
    ["variables of the template", 'x "$host<a b>" ${host}<c>;', 'x "$hosta b" ${host}c;'],
  ];
  for (const [name, text, expected] of cases)
    test(name, () => {
      assert.equal(settled("nginx", text), expected);
    });

  const refusals: readonly (readonly [string, string, RegExp])[] = [
    ["a variable", "x <a$b>;", /"a\$b" has "\$"/],
    ["a variable in quotes", "x 'y <$z>';", /has "\$"/],
    ["the braces of one", "x $<{a}>;", /has "\$"/],
    ["a pattern of hosts", "server_name a <~.*>;", /begins with "~"/],
    ["a pattern of hosts in quotes", 'server_name "<~.*>";', /begins with "~"/],
    ["a control character", 'x "<\u0001>";', /control character/],
    ["what a backslash would change", "x \\<;>;", /behind a backslash/],
  ];
  for (const [name, text, message] of refusals)
    test(`refuses ${name}, with the line`, () => {
      const error = failureOf(() => settled("nginx", `first;\n${text}\nlast;`));
      assert.match(error.message, message);
      assert.deepEqual([error.code, error.facts["lines"]], ["template-invalid", ["2"]]);
    });
});

describe("HAProxy", () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ["a harmless value", "x <a-b.c:1/2=@*^;{}~>", "x a-b.c:1/2=@*^;{}~"],
    ["a blank, quotes, a comment, a backslash", `x <a b"'#\\>`, `x a\\ b\\"\\'\\#\\\\`],
    ["in double quotes", `x "<a "b" $HOME \\ 'c'>"`, `x "a \\"b\\" \\$HOME \\\\ 'c'"`],
    ["in single quotes", `x '<a "b" $HOME \\ 'c'>'`, `x 'a "b" $HOME \\ '\\''c'\\'''`],
    ["a comment", "x # <a b\nc>", "x # a b?c"],
    ["a line break", 'x "<a\nb>" <c\nd>', 'x "a\\nb" c\\nd'],
    [
      "percent signs where there are formats",
      "  http-request set-header a <%[src]> if { x <5%> }",
      "  http-request set-header a %%[src] if { x 5% }",
    ],
    [
      "also behind a value that is a word of conditions",
      "  http-request return status 200 hdr X-Team <if> hdr X-Owner <%[src]>",
      "  http-request return status 200 hdr X-Team if hdr X-Owner %%[src]",
    ],
    [
      "also behind a value that looks like the brace of a condition",
      "  http-request set-header <!{> <%[src]> if !{ path <5%> }",
      "  http-request set-header !{ %%[src] if !{ path 5% }",
    ],
    ["in the answer to an error", "  http-error status 503 hdr X <%[src]>", "  http-error status 503 hdr X %%[src]"],
    ["not in a plain string", '  http-request return string "<5%>"', '  http-request return string "5%"'],
    ["nor elsewhere", "  acl a path <5%>", "  acl a path 5%"],
    ["commas and parentheses in a word", "  acl a path <a(b),c>", "  acl a path a(b),c"],
    [
      "the lines of a file",
      "#DROVE-FILE-BEGIN m\n# <a;> <b c>\n#DROVE-FILE-END\n# <a b>",
      "#DROVE-FILE-BEGIN m\n# a; b c\n#DROVE-FILE-END\n# a b",
    ],
  ];
  for (const [name, text, expected] of cases)
    test(name, () => {
      assert.equal(settled("haproxy", text), expected);
    });

  const refusals: readonly (readonly [string, string, RegExp])[] = [
    ["what ends an argument", "  http-request set-var(txn.a) str(<a),env(HOME>)", /means something in an expression/],
    ["another argument", "  use_backend %[str(<a,b>)]", /means something in an expression/],
    ["the end of a condition", "  deny if { path <}> }", /begins or ends a condition/],
    ["a character 0", "x <a\0>", /character 0/],
    ["what a backslash would change", "x \\<\\>", /behind a backslash/],
    ["a blank in the key of a file", "#DROVE-FILE-BEGIN m\n# <a b> c", /no key of a file/],
    ["a comment in a file", "#DROVE-FILE-BEGIN m\n# <#a> c", /makes a comment/],
    ["a line break in a file", "#DROVE-FILE-BEGIN m\n# a <b\nc>", /cannot stand in a file/],
  ];
  for (const [name, text, message] of refusals)
    test(`refuses ${name}`, () => {
      assert.match(failureOf(() => settled("haproxy", text)).message, message);
    });
});

describe("guarding", () => {
  const text = fc.string({ unit: "binary" }).filter((one) => !/[\u{f0000}-\u{f007f}]/u.test(one));

  test("is undone by its opposite, and twice is once", () => {
    fc.assert(
      fc.property(text, (one) => {
        assert.equal(unguard(guard(one)), one);
        assert.equal(guard(guard(one)), guard(one));
      }),
    );
  });

  test("leaves lines as they are, and nothing guarded behind", () => {
    const line = fc.array(fc.oneof(fc.constantFrom(..."\"'\\;{} #$()%\t".split("")), text), { maxLength: 6 });
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 5 }),
        text,
        fc.constantFrom("nginx", "haproxy"),
        (lines, value, platform) => {
          const whole = lines.map((one) => one.join("").replaceAll("\n", "")).join(`${guard(value)}\n`);
          try {
            const done = settle(whole, platform);
            assert.equal(done.split("\n").length, whole.split("\n").length);
            assert.doesNotMatch(done, /[\u{f0000}-\u{f007f}]/u);
          } catch (error) {
            if (!(error instanceof AgentError)) throw error;
          }
        },
      ),
    );
  });
});

describe("a Go template", () => {
  const render = (text: string, tags: Readonly<Record<string, string>>, platform = "nginx") => {
    const source = { path: "/t/main.tmpl", text, partials: [] };
    const template = goEngine.compile(source, { leftDelimiter: "{{", rightDelimiter: "}}" });
    const data = dataOf({ vhosts: [vhostOf("a.test", { tags })] }, { config: configOf({ proxy_platform: platform }) });
    return template.render(data, world);
  };
  const each = (inside: string) => `{{ range .Vhosts }}${inside}{{ end }}`;

  test("prints what its functions make of a value as the value's, and what it puts in between as its own", () => {
    const cases: readonly (readonly [string, string, string])[] = [
      ["{{ .Tags.a }}", "x y", '"x y"'],
      ["{{ raw .Tags.a }}", "x y; z", "x y; z"],
      ['{{ replace .Tags.a "," " " -1 }}', "x,y,z", "x y z"],
      ['{{ replace .Tags.a "," " " 1 }}', "x,y,z", "x y,z"],
      ['{{ replace .Tags.a ";" "" -1 }}', "x; y", '"x y"'],
      ['{{ range split .Tags.a "," }}[{{ . }}]{{ end }}', "x;,y", '"[x;][y]"'],
      ['{{ join (split .Tags.a ",") " " }}', "x,y", "x y"],
      ['{{ trim .Tags.a " ;" }}', "; x ;", "x"],
      ["{{ tolower .Tags.a }}", "X Y", '"x y"'],
      ['{{ printf "%s;" .Tags.a }}', "x", "x;"],
      ['{{ printf "%q" .Tags.a }}', 'x y"\\', '"x y\\"\\\\"'],
      ['{{ printf "%-6s|" .Tags.a }}', "x", "x     |"],
      ['{{ printf "%x" .Tags.a }}', "a b", "612062"],
      ["{{ html .Tags.a }}", "<b>", '"&lt;b&gt;"'],
      ["{{ urlquery .Tags.a }}", "a b;", "a+b%3B"],
      ["{{ len .Tags.a }}", "a b", "3"],
      ["{{ slice .Tags.a 0 2 }}", "a;b", '"a;"'],
      ['{{ if eq .Tags.a "a;b" }}yes{{ end }}', "a;b", "yes"],
      ['{{ if contains .Tags.a "; " }}yes{{ end }}', "a; b", "yes"],
      ['{{ if hasPrefix .Tags.a "{" }}yes{{ end }}', "{b", "yes"],
      ['{{ or .Tags.none .Tags.a "z" }}', "a b", '"a b"'],
      ["{{ with index .Tags `a` }}{{ . }}{{ end }}", "a{", '"a{"'],
    ];
    for (const [text, value, expected] of cases) assert.equal(render(each(text), { a: value }), expected, text);
  });

  test("finds tags by keys that had to be guarded, and prints those as values", () => {
    assert.equal(render(each('{{ index .Tags "a b" }}'), { "a b": "c" }), "c");
    assert.equal(render(each("{{ range $k, $v := .Tags }}{{ $k }}={{ $v }}{{ end }}"), { "a;": "c" }), '"a;=c"');
  });

  test("prints ids as values too", () => {
    const source = {
      path: "/t/main.tmpl",
      text: "{{ range .Vhosts }}# {{ .Comment }}\n{{ .ID }};{{ end }}",
      partials: [],
    };
    const template = goEngine.compile(source, { leftDelimiter: "{{", rightDelimiter: "}}" });
    const data = dataOf({ vhosts: [vhostOf("a.test", { appIds: ["a; b"] })] });
    assert.equal(template.render(data, world), '# a; b\n"a; b";');
  });
});

test("an Eta template prints every value as one, but for what it says is raw", () => {
  const data = dataOf({ vhosts: [vhostOf("a.test", { tags: { a: 'x "y";' } })] });
  const text = `<% const { a } = it.Vhosts[0].Tags; %>
bare <%= a %>;
in "<%= a %>";
raw <%~ a %> <%= it.raw(a) %>;
own <%= it.nginxString(a) %>;`;
  assert.equal(
    compile(text).render(data, world),
    'bare "x \\"y\\";";\nin "x \\"y\\";";\nraw x "y"; x "y";;\nown "x \\"y\\";";',
  );
});
