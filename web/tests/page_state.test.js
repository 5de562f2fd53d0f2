// A viewer is told the truth about a picture that stands still.
import assert from "node:assert/strict";
import test from "node:test";
import { mayPlay, pageState, shouldMove } from "../src/player/page_state";

const known = (state) => ({ kind: "known", stream: { id: "live/demo", state }, asked_at: 0 });
const absent = { kind: "absent", asked_at: 0 };
const unknown = { kind: "unknown" };
const withheld = { kind: "withheld" };
const unreachable = { kind: "unreachable" };
const still = { link: "joined", loss: undefined, moving: false, paused: false, report: unknown, before: "connecting" };

const table = [
  { name: "a moving picture is live whatever the server says", view: { moving: true, report: unreachable }, state: "running" },
  { name: "a publisher's break is told while buffered pictures still move", view: { moving: true, report: known("recovering") }, state: "recovering" },
  { name: "a stream nobody published is not called ended", view: { link: "lost", loss: "not_found", report: absent }, state: "waiting" },
  { name: "without the API, a missing playlist means not live yet", view: { link: "lost", loss: "not_found", report: withheld }, state: "waiting" },
  { name: "without the API, silence means no server", view: { link: "lost", loss: "network", report: withheld }, state: "unreachable" },
  { name: "the closed playlist means the end though the report is older", view: { link: "ended", report: known("running") }, state: "ended" },
  { name: "an ended stream stays ended when the server forgets it", view: { link: "lost", report: absent, before: "ended" }, state: "ended" },
  { name: "a connection closed in order, and a stream gone: the end", view: { link: "lost", loss: "closed", report: absent }, state: "ended" },
  { name: "a stream gone after a restart is waited for", view: { link: "lost", loss: "network", report: absent, before: "unreachable" }, state: "waiting" },
  { name: "a failed stream has ended", view: { report: known("failed") }, state: "ended" },
  { name: "the hold is a break, not an end", view: { report: known("recovering"), before: "running" }, state: "recovering" },
  { name: "a server that is down is said to be", view: { report: unreachable, before: "running" }, state: "unreachable" },
  { name: "before the first picture it connects", view: { link: "joining", report: known("running") }, state: "connecting" },
  { name: "a short stall does not change the state", view: { report: known("running"), before: "running" }, state: "running" },
  { name: "a new attempt on a running stream is a recovery", view: { link: "joining", report: known("running"), before: "running" }, state: "recovering" },
  { name: "a viewer's pause is not a fault", view: { link: "idle", paused: true, report: known("running"), before: "running" }, state: "running" },
  { name: "a return after the end connects again", view: { link: "joining", report: known("running"), before: "ended" }, state: "connecting" },
];

for (const { name, view, state } of table) {
  test(name, () => assert.equal(pageState({ ...still, ...view }), state));
}

test("nobody asks for a playlist that the server said is not there", () => {
  assert.equal(mayPlay(absent), false);
  assert.equal(mayPlay(known("stopped")), false);
  assert.equal(mayPlay(known("starting")), true);
  assert.equal(mayPlay(withheld), true);
  assert.equal(mayPlay(unreachable), true);
});

test("a publisher's break does not make the player start over", () => {
  assert.equal(shouldMove(known("recovering")), false);
  assert.equal(shouldMove(unreachable), false);
  assert.equal(shouldMove(known("running")), true);
});
