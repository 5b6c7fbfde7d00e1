import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inspect } from "node:util";
import fc from "fast-check";
import { compareConfigs } from "../../../agent/config/changes.ts";
import { readEnvironment } from "../../../agent/config/environment.ts";
import { environmentNamespace, overlayEnvironment } from "../../../agent/config/environment-layer.ts";
import { parseConfig } from "../../../agent/config/parse.ts";
import { validateLayer } from "../../../agent/config/validate.ts";
import { AgentError } from "../../../agent/errors.ts";
import { problemsOf } from "../thrown.ts";

const secret = fc.stringMatching(/^[A-Za-z0-9@:/ ]{4,10}$/).map((text) => `hunter2${text}`);
const secretKey = fc.constantFrom("pass", "access_token");
const fault = fc.constantFrom("port = 99999", 'loglevel = "loud"', "x = [", "proxy_port = 6000", "");

/** How somebody may write a secret wrongly. */
const writing = fc.constantFrom<(text: string) => string>(
  (text) => JSON.stringify(text),
  (text) => `[${JSON.stringify(text)}]`,
  (text) => `{ value = ${JSON.stringify(text)} }`,
  (text) => text,
  (text) => `"${text}`,
  (text) => `"""\n${text} = 1\n\\q`,
  (text) => `${JSON.stringify(text)} ${text}`,
  (text) => `'${text}'\npass_file = "/x"`,
);

function everythingSaid(work: () => unknown): string {
  try {
    return inspect(work(), { depth: 9 }) + JSON.stringify(work());
  } catch (error) {
    assert.ok(error instanceof AgentError, String(error));
    return inspect(error, { depth: 9 }) + JSON.stringify(error.facts) + (error.stack ?? "");
  }
}

describe("secrets are in no error, note or print", () => {
  test("of a file, however it is wrong", () => {
    fc.assert(
      fc.property(secret, secretKey, writing, fault, (text, key, write, wrong) => {
        const source = `${wrong}\n[[namespaces]]\nname = "a"\ndrove = ["http://d:1"]\n${key} = ${write(text)}\n`;
        assert.doesNotMatch(
          everythingSaid(() => parseConfig(source, "n.toml")),
          /hunter2/,
        );
      }),
    );
  });

  test("of a flat file and of a controller's URL", () => {
    fc.assert(
      fc.property(secret, writing, (text, write) => {
        const userinfo = encodeURIComponent(text);
        const source = `drove = ["https://user:${userinfo}@d", "user:${text}@d"]\npass = ${write(text)}\n`;
        assert.doesNotMatch(
          everythingSaid(() => parseConfig(source, "n.toml")),
          /hunter2/,
        );
      }),
    );
  });

  test("of a password in a URL that a comma has cut in two", async () => {
    const settings = readEnvironment({ DROVE_CONTROLLERS: "https://u:hunter2,hunter2@b,u//u:hunter2,u:hunter2//@x" });
    const work = () => validateLayer(environmentNamespace(settings));
    assert.equal((await problemsOf(work)).length, 4);
    assert.doesNotMatch(everythingSaid(work), /hunter2/);
  });

  test("of the environment", () => {
    fc.assert(
      fc.property(secret, fc.constantFrom("x", "6000"), (text, port) => {
        const settings = readEnvironment({
          DROVE_CONTROLLERS: `http://u:${encodeURIComponent(text)}@a`,
          DROVE_PASSWORD: text,
          DROVE_PASSWORD_FILE: "/p",
          DROVE_ACCESS_TOKEN: text,
          DROVE_PASWORD: text,
          DROVE_GATEWAY_API_TOKEN: text,
          DROVE_GATEWAY_PORT: port,
        });
        const work = () => validateLayer(overlayEnvironment(environmentNamespace(settings), settings));
        assert.doesNotMatch(everythingSaid(work) + JSON.stringify(settings.notes), /hunter2/);
      }),
    );
  });

  test("of a comparison", () => {
    const config = (pass: string) =>
      parseConfig(`[[namespaces]]\nname = "a"\ndrove = ["http://d"]\npass = "${pass}"`, "n.toml").config;
    const changes = compareConfigs(config("hunter2"), config("hunter22"));
    assert.deepEqual(changes.changed, ["namespaces.a.pass"]);
    assert.doesNotMatch(inspect(changes, { depth: 9 }) + JSON.stringify(changes), /hunter2/);
  });
});
