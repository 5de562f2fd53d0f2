// Plays a stream in hls.js, low latency, and measures from the clock that its frames carry (an SEI message) to the screen: at each frame
// that the browser presents, how old its clock is. Writes one line of JSON {frames, latency_ms: {p50, p99}, behind: what the player
// says of its own latency, stalls, errors}, and exits 1 where nothing was measured.
//
//   node latency.mjs URL [--rung NAME] [--seconds N] [--settle N]      (seconds that are measured, and before them)
import { createRequire } from "node:module";
import { parseArgs } from "node:util";
import { openPage } from "./browser.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rung: { type: "string", default: "source" },
    seconds: { type: "string", default: "20" },
    settle: { type: "string", default: "25" },
  },
});
const [address] = positionals;
if (address === undefined) {
  console.error("latency.mjs: the address of a playlist is missing");
  process.exit(2);
}
const library = createRequire(new URL("../../../web/package.json", import.meta.url)).resolve("hls.js/dist/hls.min.js");

/** In the page: plays, and gathers what each presented frame says. */
function play({ url, rung, uuid }) {
  const video = document.querySelector("video");
  const seen = { latencies: [], stalls: 0, measures: false };
  const clocks = []; // {pts, wall}, by pts
  const hls = new Hls({ lowLatencyMode: true, maxLiveSyncPlaybackRate: 1.05 }); // as our own page has it
  const read = (bytes) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return Number(view.getBigUint64(0) / 1000n) / 1000; // milliseconds
  };
  hls.on(Hls.Events.FRAG_PARSING_USERDATA, (_, { samples }) => {
    for (const sample of samples)
      if (sample.uuid?.replaceAll("-", "").toLowerCase() === uuid) clocks.push({ pts: sample.pts, wall: read(sample.userDataBytes) });
    clocks.sort((a, b) => a.pts - b.pts);
    clocks.splice(0, Math.max(0, clocks.length - 2000));
  });
  hls.on(Hls.Events.MANIFEST_PARSED, () => {
    hls.currentLevel = hls.levels.findIndex(({ url }) => url[0].includes(`/${rung}/`));
    video.muted = true;
    void video.play();
  });
  video.addEventListener("waiting", () => (seen.stalls += seen.measures ? 1 : 0));
  const frame = (_, { mediaTime, expectedDisplayTime }) => {
    const shown = performance.timeOrigin + expectedDisplayTime;
    const clock = clocks.findLast(({ pts }) => Math.abs(pts - mediaTime) < 0.005);
    if (seen.measures && clock !== undefined) seen.latencies.push(shown - clock.wall);
    video.requestVideoFrameCallback(frame);
  };
  video.requestVideoFrameCallback(frame);
  hls.loadSource(url);
  hls.attachMedia(video);
  window.weir = { hls, seen, video };
}

const { browser, page, errors } = await openPage();
await page.setContent("<video muted autoplay playsinline></video>");
await page.addScriptTag({ path: library });
await page.evaluate(play, { url: address, rung: values.rung, uuid: "8b51d62e7c0f4a93b46e21f7953ac81d" });
await page.waitForTimeout(Number(values.settle) * 1000);
await page.evaluate(() => (window.weir.seen.measures = true));
await page.waitForTimeout(Number(values.seconds) * 1000);
const { latencies, stalls, behind } = await page.evaluate(() => ({ ...window.weir.seen, behind: window.weir.hls.latency }));
await browser.close();
latencies.sort((a, b) => a - b);
const quantile = (part) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * part))];
const latency_ms = latencies.length === 0 ? null : { p50: quantile(0.5), p99: quantile(0.99) };
console.log(JSON.stringify({ frames: latencies.length, latency_ms, behind, stalls, errors }));
process.exit(latencies.length > 0 && errors.length === 0 ? 0 : 1);
