import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { goEngine } from "../../../agent/render/go.ts";
import { findOwners } from "../../../agent/render/owners.ts";
import { compile, dataOf, vhostOf, world } from "./fixtures.ts";

const data = dataOf({
  vhosts: [vhostOf("a.test", { tags: { x: "1" } }), vhostOf("b.test", { tags: {} }), vhostOf("c.test")],
});

const eta = compile(
  `<% const longest = Math.max(...it.Vhosts.map((one) => one.Vhost.length)); %>
longest <%= longest %>
port <%= it.ProxyPort %>
<% for (const app of it.Vhosts) { %>
server <%= app.Vhost %> {
  port <%= it.ProxyPort %>;
<%~ include("tag", { app }) %>
}
<% } %>
end`,
  { tag: "  tag <%= it.app.Tags.x %>;\n  fixed;" },
);

const go = goEngine.compile(
  {
    path: "/t/main.tmpl",
    text: `{{range .Vhosts}}{{if eq .Vhost "none"}}{{end}}{{end}}longest {{len .Vhosts}}
port {{.ProxyPort}}
{{$root := .}}{{range $name, $app := .Apps}}server {{$name}} {
  port {{$root.ProxyPort}} of {{$app.Vhost}};
  fixed;
{{range .Hosts}}  host {{.Address}};
{{end}}}
{{end}}end`,
    partials: [],
  },
  { leftDelimiter: "{{", rightDelimiter: "}}" },
);

describe("the owners of lines", () => {
  test("are the vhosts whose blocks they are in, in Eta", () => {
    const full = dataOf({ vhosts: ["a", "b", "c"].map((name) => vhostOf(`${name}.test`, { tags: { x: name } })) });
    const { ofLines } = findOwners(eta, { data: full, world });
    const lines = eta.render(full, world).split("\n");
    const shown = lines.map((line, at) => `${ofLines[at]?.[0] ?? "-"} ${line.trim()}`);
    assert.deepEqual(shown, [
      "- longest 6",
      "- port 7000",
      ...["a", "b", "c"].flatMap((name) => [
        `${name} server ${name}.test {`,
        `${name} port 7000;`,
        `${name} tag ${name};`,
        `${name} fixed;`,
        `${name} }`,
      ]),
      "c end",
    ]);
  });

  test("are the vhosts whose blocks they are in, in Go", () => {
    const { ofLines } = findOwners(go, { data, world });
    const lines = go.render(data, world).split("\n");
    const shown = lines.map((line, at) => `${ofLines[at]?.[0] ?? "-"} ${line.trim()}`);
    assert.deepEqual(
      shown.filter((line) => /port|fixed|host|longest/.test(line)),
      [
        "- longest 3",
        "- port 7000",
        ...["a", "b", "c"].flatMap((name) => [
          `${name} port 7000 of ${name}.test;`,
          `${name} fixed;`,
          `${name} host 10.0.0.1;`,
        ]),
      ],
    );
  });

  test("are unknown where a template fails; then it is known for whom", () => {
    assert.deepEqual(findOwners(eta, { data, world }), { ofLines: [], ofFailure: "b.test" });
  });

  test("leave no trace in the text that is rendered afterwards", () => {
    findOwners(go, { data, world });
    findOwners(eta, { data: dataOf(), world });
    assert.doesNotMatch(go.render(data, world) + eta.render(dataOf(), world), /[\u{100000}-\u{10ffff}]/u);
  });
});
