// Watches a low-latency stream in a player page as a person would who looks back once: plays, goes back in the window, returns
// to the live edge, and goes on. Writes one line of JSON: what was played in each stage, how late the picture is, how playlists
// and parts were asked for, and by which protocols they came. Exits 1 when a stage did not play or the page had errors.
//
//   node low_latency.mjs URL [--seconds N] [--screenshot FILE]     (N: how long the last stage lasts)
import { parseArgs } from "node:util";
import { openPage } from "./browser.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seconds: { type: "string", default: "5" }, screenshot: { type: "string" } },
});
const [address] = positionals;
if (address === undefined) {
  console.error("low_latency.mjs: the address of a player page is missing");
  process.exit(2);
}

const start_limit_ms = 30_000;
const stage_limit_ms = 20_000;
const { browser, page, errors } = await openPage();
const asked = { blocking: 0, delta: 0, parts: 0, segments: 0, failed: [] };
page.on("request", (request) => {
  const { pathname, searchParams } = new URL(request.url());
  if (searchParams.has("_HLS_msn")) ++asked.blocking;
  if (searchParams.has("_HLS_skip")) ++asked.delta;
  if (/\/\d+-\d+-\d+\.m4s$/.test(pathname)) ++asked.parts;
  else if (/\/\d+-\d+\.m4s$/.test(pathname)) ++asked.segments;
});
page.on("response", (response) => {
  if (response.status() >= 400 && response.url().includes(".m")) asked.failed.push(`${response.status()} ${response.url()}`);
});

const read = () => {
  const video = document.querySelector("video");
  const { latency, state } = document.getElementById("player").dataset;
  return { time: video.currentTime, width: video.videoWidth, latency: latency ? Number(latency) : null, state };
};

const protocols = () => {
  const media = performance.getEntriesByType("resource").filter(({ name }) => /\.(m3u8|m4s)$/.test(new URL(name).pathname));
  return [...new Set(media.map((one) => one.nextHopProtocol))];
};

/** So many seconds of picture, once it moves. */
async function play(seconds, limit_ms = stage_limit_ms) {
  const before = await page.evaluate(read);
  await page.waitForFunction((time) => document.querySelector("video").currentTime > time + 0.2, before.time, { timeout: limit_ms });
  const from = (await page.evaluate(read)).time;
  const wanted = { from, seconds };
  await page.waitForFunction(({ from, seconds }) => document.querySelector("video").currentTime >= from + seconds, wanted, { timeout: seconds * 1000 + limit_ms });
  return (await page.evaluate(read)).time - from;
}

async function seek(place) {
  await page.evaluate((to) => {
    const video = document.querySelector("video");
    const { seekable } = video;
    video.currentTime = to === "back" ? seekable.start(0) + 1 : seekable.end(0) - 2;
  }, place);
}

const played = {};
let last = {};
try {
  await page.goto(address);
  played.live = await play(4, start_limit_ms);
  // Between two segments hls.js does not know for a moment what it plays.
  await page.waitForFunction(() => document.getElementById("player").dataset.latency, null, { timeout: stage_limit_ms });
  last = await page.evaluate(read);
  await seek("back");
  played.back = await play(2);
  await seek("live");
  played.again = await play(2);
  console.error("moving"); // for who cuts something off while it plays
  played.on = await play(Number(values.seconds));
  last = { ...(await page.evaluate(read)), first_latency: last.latency, protocols: await page.evaluate(protocols) };
} catch (error) {
  errors.push(`page: ${error.message.split("\n")[0]}`);
}
if (values.screenshot !== undefined) await page.screenshot({ path: values.screenshot });
await browser.close();
console.log(JSON.stringify({ ...last, played, asked, errors }));
process.exit(errors.length > 0 ? 1 : 0);
