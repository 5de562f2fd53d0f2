// Plays a stream on its page in HLS with the quality left to the player, on a link that is narrow for a while, twice or as often as is
// asked: the player goes down to a smaller picture and up to the full one again. Writes "wide" to standard error each time that it
// has the full picture, for who kills a worker then, and watches for some seconds whether the picture moves on. One line of JSON in
// the end, and exit 1 where a step did not come. With --native it is Chromium's own player, and the address a playlist's.
//
//   node bandwidth.mjs URL --full HEIGHT --narrow BITS_PER_SECOND [--times N] [--native]
import { parseArgs } from "node:util";
import { openPage } from "./browser.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    full: { type: "string" },
    narrow: { type: "string" },
    times: { type: "string", default: "2" },
    native: { type: "boolean", default: false },
  },
});
const [address] = positionals;
if (address === undefined || values.full === undefined || values.narrow === undefined) {
  console.error("bandwidth.mjs: an address, --full and --narrow are needed");
  process.exit(2);
}
const full = Number(values.full);
const sample_ms = 100;
const step_limit_ms = 60_000;
const watch_ms = 6_000;
const enough_ahead = 3; // seconds in the buffer: what a narrow link cost is made up for
const unlimited = -1;

const { browser, page, errors } = await openPage();
const network = await page.context().newCDPSession(page);
await network.send("Network.enable");
const limit = (bits) =>
  network.send("Network.emulateNetworkConditions", {
    offline: false,
    latency: 0,
    downloadThroughput: bits === unlimited ? unlimited : bits / 8,
    uploadThroughput: unlimited,
  });

const failed = [];
const heights = [];
let longest_still = 0; // seconds, while the link is wide and the picture full

const read = () => {
  const video = document.querySelector("video");
  if (video === null || video.buffered.length === 0) return { height: 0, time: 0, ahead: 0 };
  const ahead = video.buffered.end(video.buffered.length - 1) - video.currentTime;
  return { height: video.videoHeight, time: video.currentTime, ahead };
};

/** Samples until `is_reached` says so. False when that took too long. */
async function sampleUntil(is_reached, within_ms = step_limit_ms) {
  for (const end = Date.now() + within_ms; Date.now() < end; await page.waitForTimeout(sample_ms)) {
    const sample = await page.evaluate(read);
    if (sample.height !== 0 && heights.at(-1) !== sample.height) heights.push(sample.height);
    if (is_reached(sample)) return true;
  }
  return false;
}

/** The longest standstill in the seconds that follow. */
async function watch() {
  let last = (await page.evaluate(read)).time;
  let moved_at = Date.now();
  await sampleUntil(({ time }) => {
    if (time !== last) moved_at = Date.now();
    last = time;
    longest_still = Math.max(longest_still, (Date.now() - moved_at) / 1000);
    return false;
  }, watch_ms);
}

async function step(name, is_reached) {
  if (!(await sampleUntil(is_reached))) failed.push(name);
}

if (values.native) {
  await page.goto(new URL("/time", address).href);
  await page.setContent(`<video muted autoplay style="width:100vw;height:100vh" src="${address}"></video>`);
} else await page.goto(address);
const is_full = ({ height, ahead }) => height === full && ahead > enough_ahead;
await step("the full picture", is_full);
for (let round = 0; failed.length === 0; ++round) {
  console.error("wide");
  await watch();
  if (round === Number(values.times)) break;
  await limit(Number(values.narrow));
  await step("a smaller picture on a narrow link", ({ height }) => height < full);
  await limit(unlimited);
  await step("the full picture on a wide link", is_full);
}
await browser.close();
console.log(JSON.stringify({ failed, errors, heights, longest_still: Number(longest_still.toFixed(2)) }));
process.exit(failed.length + errors.length === 0 ? 0 : 1);
