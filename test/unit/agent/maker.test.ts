import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createShapeMemo } from "../../../agent/maker.ts";
import type { ConfigShape } from "../../../agent/plan/shape.ts";
import type { Made } from "../../../agent/stages.ts";

/** Notes each text that it takes apart. */
function watchedShape() {
  const seen: string[] = [];
  const shapeOf = (text: string): ConfigShape => {
    seen.push(text);
    return { fixed: `fixed ${text}`, servers: () => new Map(), attributes: new Set(), backends: new Set() };
  };
  return { seen, shapeOf };
}

function madeOf(text: string, shapeOf: Made["shapeOf"]): Made {
  const file = { path: "/x.conf", text, generation: "g", renderedAt: 0, carriesGeneration: true };
  return { file, backends: [], notes: [], shapeOf };
}

describe("the shapes of the text that was made and of the one on disk", () => {
  test("are made once, also when what was made is on disk the next time", () => {
    const { seen, shapeOf } = watchedShape();
    const shapeOnce = createShapeMemo();
    for (const [now, onDisk] of [
      ["b", "a"],
      ["b", "a"],
      ["b", "b"],
      ["c", "b"],
      ["d", "c"],
      ["d", "x"],
    ] as const) {
      const made = madeOf(now, shapeOf);
      assert.equal(shapeOnce(made, now).fixed, `fixed ${now}`);
      assert.equal(shapeOnce(made, onDisk).fixed, `fixed ${onDisk}`);
    }
    assert.deepEqual(seen, ["b", "a", "c", "d", "x"]);
  });

  test("are made anew where texts are taken apart in another way, as for each file of HAProxy", () => {
    const [first, second] = [watchedShape(), watchedShape()];
    const shapeOnce = createShapeMemo();
    shapeOnce(madeOf("a", first.shapeOf), "a");
    const next = madeOf("b", second.shapeOf);
    shapeOnce(next, "b");
    shapeOnce(next, "a");
    assert.deepEqual([first.seen, second.seen], [["a"], ["b", "a"]]);
  });
});
