// Looks through the window of a live stream a picture at a time, as a person does who drags the time line: hls.js, with an I-frame
// player beside the one that plays. Goes forward, then back. Writes one line of JSON {pictures, asked, failed, errors}, and exits 1 when
// a picture did not come or the page had errors.
//
//   node trick_play.mjs URL [--steps N] [--screenshot FILE]     (URL: a multivariant playlist)
import { createRequire } from "node:module";
import { parseArgs } from "node:util";
import { openPage } from "./browser.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { steps: { type: "string", default: "4" }, screenshot: { type: "string" } },
});
const [address] = positionals;
if (address === undefined) {
  console.error("trick_play.mjs: the address of a playlist is missing");
  process.exit(2);
}
const library = createRequire(new URL("../../../web/package.json", import.meta.url)).resolve("hls.js");

/** In the page: the player, and beside it that of the I-frames once something plays. */
async function open(url) {
  const [video, still] = document.querySelectorAll("video");
  const faults = [];
  const note = (who) => (_, data) => data.fatal && faults.push(`${who}: ${data.details} ${data.reason ?? ""}`);
  const main = new Hls();
  main.on(Hls.Events.ERROR, note("player"));
  main.loadSource(url);
  main.attachMedia(video);
  await new Promise((resolve) => video.addEventListener("playing", resolve, { once: true }));
  const trick = main.createIFramePlayer();
  if (trick === null) throw new Error("the playlist has no I-frames");
  trick.on(Hls.Events.ERROR, note("I-frames"));
  trick.attachMedia(still);
  Object.assign(window, { main, trick, video, still, faults });
}

/** In the page: asks for a picture; what it looks like, once it is there, in a few numbers. */
async function look(seconds) {
  const time = main.latestLevelDetails.fragmentStart + seconds;
  trick.loadMediaAt(time);
  const is_there = () => !still.seeking && still.readyState >= 2 && Math.abs(still.currentTime - time) < 0.1;
  for (const end = performance.now() + 20_000; !is_there(); await new Promise((done) => setTimeout(done, 20)))
    if (performance.now() > end) throw new Error(`no picture at ${time}, but ${still.currentTime} in state ${still.readyState}`);
  const canvas = new OffscreenCanvas(16, 9).getContext("2d");
  canvas.drawImage(still, 0, 0, 16, 9);
  return { seconds, time: still.currentTime, width: still.videoWidth, colors: [...canvas.getImageData(0, 0, 16, 9).data].join() };
}

const { browser, page, errors } = await openPage();
page.setDefaultTimeout(30_000);
const asked = { playlists: 0, frames: 0 };
const failed = [];
page.on("response", (response) => {
  const { pathname } = new URL(response.url());
  if (pathname.endsWith("/iframes.m3u8")) ++asked.playlists;
  if (pathname.endsWith(".iframe.mp4")) ++asked.frames;
  if (pathname.includes("iframe") && response.status() >= 400) failed.push(`${response.status()} ${pathname}`);
});
const pictures = [];
try {
  await page.setContent("<body><video muted autoplay playsinline></video><video muted playsinline></video>");
  await page.addScriptTag({ path: library });
  await page.evaluate(open, address);
  const forward = [...Array(Number(values.steps)).keys()].map((step) => 2 * step + 0.5);
  for (const seconds of [...forward, ...forward.slice(0, -1).reverse()]) pictures.push(await page.evaluate(look, seconds));
  failed.push(...(await page.evaluate(() => faults)));
} catch (error) {
  errors.push(`page: ${error.message.split("\n")[0]}`);
}
if (values.screenshot !== undefined) await page.screenshot({ path: values.screenshot });
await browser.close();
console.log(JSON.stringify({ pictures, asked, failed, errors }));
process.exit(errors.length + failed.length > 0 ? 1 : 0);
