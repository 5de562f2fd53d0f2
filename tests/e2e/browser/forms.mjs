// Plays streams in one page, each form with what plays it: Chromium's own <video> (video), mpegts.js (mpegts), or a WebSocket into
// MediaSource (mse). Says "moving" on standard error once all pictures move, goes on for --seconds more, and writes one line of
// JSON: for each form the seconds that it has played, its width and its longest standstill. Exits 1 when one did not move.
//
//   node forms.mjs video=URL mpegts=URL mse=URL ... [--codecs TYPE] [--seconds N] [--screenshot FILE]
import { createRequire } from "node:module";
import { parseArgs } from "node:util";
import { openPage } from "./browser.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    codecs: { type: "string", default: "" },
    seconds: { type: "string", default: "8" },
    screenshot: { type: "string" },
  },
});
const forms = positionals.map((form) => ({ player: form.split("=", 1)[0], url: form.slice(form.indexOf("=") + 1) }));
const library = createRequire(new URL("../../../web/package.json", import.meta.url)).resolve("mpegts.js/dist/mpegts.js");
const start_limit_ms = 30_000;
const sample_ms = 200;

/** In the page: opens one form in a video of its own. */
function open({ player, url, codecs }) {
  const video = document.body.appendChild(document.createElement("video"));
  Object.assign(video, { muted: true, autoplay: true, width: 400 });
  video.addEventListener("error", () => console.error(`${player}: ${video.error?.message}`));
  const players = {
    video: () => (video.src = url),
    mpegts() {
      const type = /\.ts$/.test(url) ? "mpegts" : "flv";
      const engine = mpegts.createPlayer({ type, isLive: true, url }, { enableWorker: false });
      engine.on(mpegts.Events.ERROR, (kind, detail) => console.error(`${player}: ${kind} ${detail}`));
      engine.attachMediaElement(video);
      engine.load();
      engine.play();
    },
    mse() {
      const source = new MediaSource();
      video.src = URL.createObjectURL(source);
      source.addEventListener("sourceopen", () => {
        const buffer = source.addSourceBuffer(`video/mp4; codecs="${codecs}"`);
        const messages = [];
        // To the first picture, and over what a publisher that was cut has left out.
        const skip_gap = (ranges) => {
          for (let i = 0; i < ranges.length; ++i) {
            const is_next = video.currentTime < ranges.start(i) && (i === 0 || video.currentTime > ranges.end(i - 1) - 0.2);
            if (is_next) video.currentTime = ranges.start(i);
          }
        };
        const feed = () => {
          if (messages.length > 0 && !buffer.updating) buffer.appendBuffer(messages.shift());
          skip_gap(buffer.buffered);
        };
        buffer.addEventListener("updateend", feed);
        const socket = new WebSocket(url);
        socket.binaryType = "arraybuffer";
        socket.addEventListener("message", ({ data }) => {
          messages.push(data);
          feed();
        });
      });
    },
  };
  players[player]();
}

const { browser, page, errors } = await openPage({ size: "1280x900" });
const origin = new URL(forms[0].url.replace(/^ws/, "http")).origin;
await page.route("**/forms-of-a-stream", (route) => route.fulfill({ contentType: "text/html", body: "<!doctype html><body>" }));
await page.goto(`${origin}/forms-of-a-stream`);
await page.addScriptTag({ path: library });
await page.evaluate(() => mpegts.LoggingControl.applyConfig({ enableAll: false, enableError: true }));
for (const form of forms) await page.evaluate(open, { ...form, codecs: values.codecs });

const read = () => Array.from(document.querySelectorAll("video"), (video) => ({ at: video.currentTime, width: video.videoWidth }));
const seen = forms.map(() => ({ played: 0, width: 0, longest_still: 0, moved_at: undefined }));
let last = await page.evaluate(read);
let last_at = Date.now();
let ends_at = last_at + start_limit_ms;
for (let moving = false; Date.now() < ends_at; ) {
  await page.waitForTimeout(sample_ms);
  const samples = await page.evaluate(read);
  const now = Date.now();
  samples.forEach(({ at, width }, i) => {
    const step = at - last[i].at;
    seen[i].width = width;
    if (step > 0 && last[i].at > 0) {
      seen[i].played += Math.min(step, (1.2 * (now - last_at)) / 1000);
      seen[i].moved_at = now;
    }
    if (seen[i].moved_at !== undefined) seen[i].longest_still = Math.max(seen[i].longest_still, (now - seen[i].moved_at) / 1000);
  });
  last = samples;
  last_at = now;
  if (moving || seen.some(({ moved_at }) => moved_at === undefined)) continue;
  moving = true;
  console.error("moving");
  ends_at = now + values.seconds * 1000;
}
if (values.screenshot !== undefined) await page.screenshot({ path: values.screenshot });
await browser.close();

const outcome = forms.map((form, i) => {
  const { played, width, longest_still, moved_at } = seen[i];
  const still = moved_at === undefined ? null : (last_at - moved_at) / 1000;
  return { player: form.player, url: form.url, played, width, longest_still, still };
});
console.log(JSON.stringify({ forms: outcome, errors }));
process.exit(outcome.every(({ still }) => still !== null) && errors.length === 0 ? 0 : 1);
