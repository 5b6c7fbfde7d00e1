import assert from "node:assert/strict";
import { test } from "node:test";
import { linesAbout } from "../../../agent/insight/config-lines.ts";
import { readText } from "../examples/files.ts";

const firstLines = (blocks: ReturnType<typeof linesAbout>) => blocks.map(({ text }) => text.split("\n")[0]);

test("of nginx: the server blocks of a vhost and the upstreams they lead to", () => {
  const text = readText("test/golden/simple/expected.conf");
  const blocks = linesAbout(text, { platform: "nginx", vhost: "shop.test", backends: [] });
  assert.deepEqual(firstLines(blocks), ["upstream gw_shop.test {"]);
  const [block] = blocks;
  assert.match(
    block?.text ?? "",
    /^ {2}server 10\.1\.0\.2:31002 [\s\S]*\nserver \{[\s\S]*proxy_pass http:\/\/gw_shop\.test; \}\n\}$/m,
  );
  assert.equal(text.split("\n").slice((block?.from ?? 0) - 1, block?.to).length, block?.text.split("\n").length);
});

test("of nginx with a template of one's own: whatever names it, and no other vhost", () => {
  const text = `http {
  map $host $pool {
    shop.test blue;
    my-shop.test green;
  }
  upstream blue { server 10.0.0.1:80; }
  # shop.test is mentioned here { and
  server {
    server_name "shop.test" shop.test.example;
    location / { proxy_pass http://blue; }
  }
  server { server_name my-shop.test shop.testing; }
}
`;
  const blocks = linesAbout(text, { platform: "nginx", vhost: "shop.test", backends: [] });
  assert.deepEqual(firstLines(blocks), ["shop.test blue;", "upstream blue { server 10.0.0.1:80; }"]);
  assert.deepEqual([blocks[1]?.from, blocks[1]?.to], [6, 11]);
  assert.deepEqual(linesAbout(text, { platform: "nginx", vhost: "other.test", backends: [] }), []);
});

test("of HAProxy: the backends and the lines of maps", () => {
  const text = readText("test/golden/haproxy-simple/expected.conf");
  const blocks = linesAbout(text, { platform: "haproxy", vhost: "shop.test", backends: ["shop.test"] });
  assert.deepEqual(
    blocks.map((one) => one.text),
    [
      "backend shop.test\n  server server_10.1.0.1_31001 10.1.0.1:31001\n  server server_10.1.0.2_31002 10.1.0.2:31002",
      "# shop.test shop.test",
    ],
  );
});

test("a long block is cut, and a large configuration takes no time to speak of", () => {
  const servers = Array.from({ length: 100 }, (_, index) => `  server 10.0.0.1:${index};`).join("\n");
  const many = Array.from({ length: 20_000 }, (_, index) => `server {\n  server_name v${index}.test;\n}`).join("\n");
  const text = `${many}\nserver {\n  server_name shop.test;\n${servers}\n}\n`;
  const [block] = linesAbout(text, { platform: "nginx", vhost: "shop.test", backends: [] });
  assert.match(block?.text ?? "", /… 43 more lines$/);
});
