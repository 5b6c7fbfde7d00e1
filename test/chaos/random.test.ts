import assert from "node:assert/strict";
import { test } from "node:test";
import { createRandom } from "./random.ts";

test("the same seed gives the same numbers, another seed others", () => {
  const draw = (seed: number) => {
    const random = createRandom(seed);
    return [random.int(1000), random.between(5, 9), random.chance(0.5), random.fork().int(1000), random.int(1000)];
  };
  assert.deepEqual(draw(7), draw(7));
  assert.notDeepEqual(draw(7), draw(8));
});

test("what is drawn from a fork changes nothing of what follows", () => {
  const draw = (ofFork: number) => {
    const random = createRandom(7);
    const fork = random.fork();
    for (let count = 0; count < ofFork; count += 1) fork.int(2);
    return [random.int(1000), random.int(1000)];
  };
  assert.deepEqual(draw(0), draw(20));
});

test("each is picked as often as its weight says", () => {
  const random = createRandom(1);
  const all = [
    { name: "rare", weight: 1 },
    { name: "often", weight: 3 },
    { name: "never", weight: 0 },
  ];
  const counts = new Map<string, number>();
  for (let draw = 0; draw < 4000; draw += 1) {
    const { name } = random.weighted(all);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  assert.equal(counts.get("never"), undefined);
  assert.ok(Math.abs((counts.get("rare") ?? 0) - 1000) < 100);
});
