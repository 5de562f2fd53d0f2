// What the pages write: numbers a person can read, addresses only of real streams, and every counter that the server sends.
import assert from "node:assert/strict";
import test from "node:test";
import { publishLines } from "../src/console/publish_commands";
import { statGroups } from "../src/console/stat_rows";
import { bitrateText, bytesText, durationText, sizeText, trackText } from "../src/display/units";
import { addressOf, isStreamId, streamOfPath } from "../src/stream_address";

const texts = [
  { name: "kilobits", text: bitrateText(131_000), expected: "131 kbit/s" },
  { name: "megabits", text: bitrateText(3_912_000), expected: "3.9 Mbit/s" },
  { name: "just under a megabit", text: bitrateText(999_600), expected: "1.0 Mbit/s" },
  { name: "gigabits", text: bitrateText(4_200_000_000), expected: "4.20 Gbit/s" },
  { name: "a bitrate nobody measured", text: bitrateText(undefined), expected: "–" },
  { name: "bytes", text: bytesText(171_234_567), expected: "163 MiB" },
  { name: "days", text: durationText(311_000), expected: "3 d 14 h" },
  { name: "a clock that runs behind", text: durationText(-1), expected: "–" },
  { name: "no picture", text: sizeText(0, 0), expected: "–" },
  { name: "video", text: trackText({ id: 1, kind: "video", codec: "h264", width: 1280, height: 720, frame_rate: 29.97002997 }), expected: "H.264 1280×720 29.97 fps" },
  { name: "audio", text: trackText({ id: 2, kind: "audio", codec: "aac", sample_rate: 44_100, channels: 2 }), expected: "AAC 44.1 kHz stereo" },
  { name: "a codec without a name here", text: trackText({ id: 3, kind: "video", codec: "<b>" }), expected: "<b>" },
];

for (const { name, text, expected } of texts) {
  test(`a person can read it: ${name}`, () => assert.equal(text, expected));
}

const paths = [
  { path: "/live/demo", id: "live/demo" },
  { path: "/live/demo/", id: "live/demo" },
  { path: "/live/a.b_c-d", id: "live/a.b_c-d" },
  { path: "/live", id: undefined },
  { path: "/live/demo/720p", id: undefined },
  { path: "/live/.hidden", id: undefined },
  { path: "/live/%3Cscript%3E", id: undefined },
  { path: "/live/a b", id: undefined },
  { path: `/live/${"a".repeat(65)}`, id: undefined },
  { path: "//evil.example", id: undefined },
];

for (const { path, id } of paths) {
  test(`only a stream's own address is played: ${path.slice(0, 30)}`, () => assert.equal(streamOfPath(path), id));
}

test("a name that is an address elsewhere becomes no link", () => {
  assert.equal(isStreamId("/evil.example"), false);
  assert.equal(isStreamId("../etc"), false);
  assert.equal(isStreamId("javascript:alert(1)/x"), false);
});

test("addresses carry the host that the viewer used", () => {
  const address = addressOf("live/demo", { origin: "http://[::1]:8080", hostname: "[::1]" });
  assert.equal(address.hls, "http://[::1]:8080/live/demo/index.m3u8");
  assert.equal(address.flv, "http://[::1]:8080/live/demo.flv");
  assert.equal(address.rtmp, "rtmp://[::1]/live/demo");
});

test("OBS gets server and key apart", () => {
  assert.deepEqual(publishLines("obs", "h", "demo").map((line) => line.text), ["rtmp://h/live", "demo"]);
});

test("a counter that the page does not know is shown all the same, in its unit", () => {
  const stats = { uptime_seconds: 61, worker: null, input: { bytes: 2048, tides: 3, timestamp_faults: { gap: 2 } }, delivery: { first_frame_ms: { p99: 4 } } };
  assert.deepEqual(statGroups(stats), [
    { title: "Stream", rows: [{ name: "uptime", value: "1 min 1 s" }] },
    { title: "input", rows: [{ name: "bytes", value: "2.0 KiB" }, { name: "tides", value: "3" }, { name: "timestamp faults · gap", value: "2" }] },
    { title: "delivery", rows: [{ name: "first frame · p99", value: "4 ms" }] },
  ]);
});

test("an answer that is no object breaks nothing", () => {
  assert.deepEqual(statGroups(null), []);
  assert.deepEqual(statGroups("x"), []);
});
