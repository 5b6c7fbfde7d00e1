import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Ajv } from "ajv";
import { parse } from "smol-toml";
import { find, readText } from "../examples/files.ts";

const schema = JSON.parse(readText("docs/gateway.schema.json")) as Record<string, unknown>;
const validate = new Ajv({ strict: true, allowUnionTypes: true, allErrors: true }).compile(schema);

function complaints(toml: string): readonly string[] {
  validate(parse(toml));
  return (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`);
}

describe("the JSON Schema accepts", () => {
  for (const file of find("{examples,image,packaging}/**/*.toml")) {
    test(file, () => assert.deepEqual(complaints(readText(file)), []));
  }

  test("a file older than namespaces, and a port as text", () => {
    assert.deepEqual(
      complaints('port = "6000"\ndrove = ["http://a.test"]\nmaxfailsupstream = 3\n[statsd]\nx = 1\n'),
      [],
    );
  });
});

describe("the JSON Schema refuses", () => {
  const cases: Readonly<Record<string, RegExp>> = {
    'proxy_platfrom = "nginx"': /additional properties/,
    'proxy_platform = "apache"': /\/proxy_platform must be equal to one of the allowed values/,
    "api_timeout = 0": /\/api_timeout must be >= 0\.1/,
    "port = 70000": /\/port must be <= 65535/,
    'port = "http"': /\/port must match pattern/,
    "max_response_mb = 1.5": /\/max_response_mb must be integer/,
    "template_partials = 'a'": /\/template_partials must be array/,
    "xproxy = 'a;b'": /\/xproxy must match pattern/,
    "[[namespaces]]\nname = 'a'": /must have required property 'drove'/,
    "[[namespaces]]\nname = 'a'\ndrove = ['http://a.test']\nport = 1":
      /\/namespaces\/0 must NOT have additional properties/,
  };
  for (const [toml, expected] of Object.entries(cases)) {
    test(toml.replaceAll("\n", ", "), () => assert.match(complaints(toml).join("; "), expected));
  }
});
