// Opens a player page and watches it as a person would: does the picture move, what does the page say, how late is it. Writes one
// line of JSON, and exits 1 when the picture did not move or the page had errors.
//
//   node play.mjs URL [--engine hls|flv] [--seconds N] [--until STATE] [--screenshot FILE] [--size 1280x800] [--scheme dark|light]
//
// --seconds counts from the first moving picture (and is the longest wait for it too). --until ends as soon as the page is in that
// state, which then is what must be reached, within --seconds of the start, moving or not.
import { parseArgs } from "node:util";
import { openPage } from "./browser.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    engine: { type: "string", default: "hls" },
    seconds: { type: "string", default: "10" },
    until: { type: "string" },
    screenshot: { type: "string" },
    size: { type: "string" },
    scheme: { type: "string" },
  },
});
const [address] = positionals;
if (address === undefined) {
  console.error("play.mjs: the address of a player page is missing");
  process.exit(2);
}

const sample_ms = 200;
const start_limit_ms = 30_000;
const fade_ms = 600;

const read = () => {
  const root = document.getElementById("player");
  if (root === null) return null;
  const video = root.querySelector("video");
  return {
    currentTime: video?.currentTime ?? 0,
    width: video?.videoWidth ?? 0,
    height: video?.videoHeight ?? 0,
    frames: video?.getVideoPlaybackQuality().totalVideoFrames ?? 0,
    state: root.dataset.state,
    latency: root.dataset.latency ? Number(root.dataset.latency) : null,
    engine: root.dataset.engine,
    stalls: Number(root.dataset.stalls ?? 0),
    attempts: Number(root.dataset.attempts ?? 0),
    last_error: root.dataset.lastError ?? "",
    protocol: performance.getEntriesByType("navigation")[0]?.nextHopProtocol ?? "",
  };
};

/** Adds up what the samples tell: seconds of moving picture, the longest standstill after the first, and the states gone through. */
class Watching {
  played = 0;
  longest_still = 0;
  states = [];
  #last;
  #last_at = 0;
  #moved_at;

  /** Seconds since the picture last moved. */
  get still() {
    return this.started ? (this.#last_at - this.#moved_at) / 1000 : 0;
  }

  get started() {
    return this.#moved_at !== undefined;
  }

  take(sample, now) {
    if (this.states.at(-1) !== sample.state) this.states.push(sample.state);
    const step = this.#last === undefined ? 0 : sample.currentTime - this.#last.currentTime;
    if (step > 0 && this.#last.currentTime > 0) {
      this.played += Math.min(step, (1.2 * (now - this.#last_at)) / 1000);
      this.#moved_at = now;
    }
    if (this.started) this.longest_still = Math.max(this.longest_still, (now - this.#moved_at) / 1000);
    this.#last = sample;
    this.#last_at = now;
  }
}

const { browser, page, errors } = await openPage(values);
const url = new URL(address);
if (values.engine === "flv") url.searchParams.set("engine", "flv");

const watching = new Watching();
const begun = Date.now();
let sample;
let reached = false;
const fail = (error) => errors.push(`page: ${error.message.split("\n")[0]}`);
await page.goto(url.href).catch(fail);
for (let ends_at = begun + Math.max(start_limit_ms, values.seconds * 1000); Date.now() < ends_at; ) {
  sample = await page.evaluate(read).catch(fail);
  if (sample?.state === undefined) break; // not the player page
  const was_started = watching.started;
  watching.take(sample, Date.now());
  if (watching.started && !was_started) console.error("moving"); // for who cuts something off while it plays
  reached = sample.state === values.until;
  if (reached) break;
  if (values.until !== undefined) ends_at = begun + values.seconds * 1000;
  else if (watching.started && !was_started) ends_at = Date.now() + values.seconds * 1000;
  await page.waitForTimeout(sample_ms);
}
if (values.screenshot !== undefined) {
  await page.waitForTimeout(fade_ms);
  await page.screenshot({ path: values.screenshot });
}
await browser.close();

const played = Number(watching.played.toFixed(2));
const longest_still = Number(watching.longest_still.toFixed(2));
console.log(JSON.stringify({ ...sample, played, longest_still, still: watching.still, states: watching.states, errors }));
const good = values.until === undefined ? watching.started : reached;
process.exit(good && errors.length === 0 ? 0 : 1);
