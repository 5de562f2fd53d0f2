// Viewers who lose a server come back to it spread out, and a stall is counted once.
import assert from "node:assert/strict";
import test from "node:test";
import { Backoff } from "../src/player/backoff";
import { Progress } from "../src/player/progress";

test("tries grow apart up to a limit and begin anew after success", () => {
  const backoff = new Backoff(() => 0.5);
  const waits = Array.from({ length: 8 }, () => backoff.next());
  assert.equal(waits[0], 500);
  assert.ok(waits[1] > waits[0] && waits[2] > waits[1]);
  assert.equal(waits[7], 5000);
  backoff.reset();
  assert.equal(backoff.next(), 500);
});

test("two viewers do not return at the same moment", () => {
  assert.equal(new Backoff(() => 0).next(), 350);
  assert.ok(new Backoff(() => 0.99).next() > 640);
});

function watched(positions, { excused = false } = {}) {
  const progress = new Progress();
  positions.forEach((position, index) => progress.observe(position, index * 250, excused));
  return progress;
}

const moving = [0, 0.25, 0.5, 0.75];
const stopped = [1, 1, 1, 1, 1, 1, 1, 1];

test("a picture that moves is seen to move", () => {
  const progress = watched(moving);
  assert.equal(progress.moving, true);
  assert.equal(progress.stalls, 0);
});

test("one standstill is one stall, however long", () => {
  const progress = watched([...moving, ...stopped]);
  assert.equal(progress.moving, false);
  assert.equal(progress.stalls, 1);
  assert.ok(progress.stillFor(12 * 250) >= 1500);
});

test("a standstill that was asked for is no stall", () => {
  assert.equal(watched([...moving, ...stopped], { excused: true }).stalls, 0);
});

test("a first position that is not zero is no movement yet", () => {
  assert.equal(watched([50]).moving, false);
});
