import assert from "node:assert/strict";
import { isIP } from "node:net";
import { test } from "node:test";
import fc from "fast-check";
import { ipFamily } from "../../../agent/address.ts";

const piece = fc.constantFrom("1", "255", "256", "ffff", "::", ":", ".", "%", "eth0", "1.2.3.4", "a-b");
const almost = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(""));

test("ipFamily says of every text what Node says of it", () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain(), fc.string(), almost), (text) => {
      assert.equal(ipFamily(text), isIP(text));
    }),
    { numRuns: 5000 },
  );
});
