// Plays HLS with Chromium's own player, `<video src>`: it starts, goes back in what it has, says "moving" on standard error, and plays on
// for so many seconds, whatever happens to the stream meanwhile. Where it finds nothing new at the live edge when it begins, it gives up
// (docs/players.md), and is begun again, so many times. Writes one line of JSON {failed, errors, tries, sizes, time, faults}, and exits 1
// if a step failed.
//
//   node native.mjs URL [--screenshot FILE] [--tries N] [--seconds N]
import { parseArgs } from "node:util";
import { openPage } from "./browser.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { screenshot: { type: "string" }, tries: { type: "string", default: "5" }, seconds: { type: "string", default: "8" } },
});
const [address] = positionals;
if (address === undefined) {
  console.error("native.mjs: the address of a playlist is needed");
  process.exit(2);
}

const { browser, page, errors } = await openPage();
page.setDefaultTimeout(40_000 + 1000 * Number(values.seconds));
await page.goto(new URL("/time", address).href);
await page.setContent('<body style="margin:0;background:#111"><video muted autoplay playsinline style="width:100vw;height:100vh"></video>');
await page.evaluate((url) => {
  window.video = document.querySelector("video");
  window.sizes = new Set();
  window.faults = [];
  video.addEventListener("error", () => faults.push(video.error.message));
  video.addEventListener("resize", () => sizes.add(`${video.videoWidth}x${video.videoHeight}`));
  video.src = url;
}, address);

const failed = [];
async function step(name, act) {
  if (failed.length > 0) return;
  await act().catch((error) => failed.push(`${name}: ${error.message.split("\n")[0]}`));
}
const time = () => page.evaluate(() => video.currentTime);
/** The picture moves on for so long, or there is an error. */
const plays = (seconds, from) =>
  page
    .waitForFunction(([than, frames]) => faults.length > 0 || (video.currentTime > than && video.getVideoPlaybackQuality().totalVideoFrames > frames), [
      from + seconds,
      20 * seconds,
    ])
    .then(() => page.evaluate(() => faults))
    .then(([fault]) => fault && Promise.reject(new Error(fault)));

let tries = 1;
async function begin() {
  await plays(3, 0).catch(async (error) => {
    if (++tries > Number(values.tries)) throw error;
    await page.evaluate((url) => {
      faults.length = 0;
      video.src = url;
    }, address);
    await begin();
  });
}
await step("it plays", begin);
if (values.screenshot !== undefined) await page.screenshot({ path: values.screenshot });
await step("a seek back is played", async () => {
  const to = await page.evaluate(() => (video.currentTime -= 2));  // within what is buffered: it says of no more that it could seek there
  await plays(2, to);
});
if (failed.length === 0) console.error("moving");
await step("and it plays on", async () => plays(Number(values.seconds), await time()));
const seen = await page.evaluate(() => ({ time: video.currentTime, sizes: [...sizes], faults }));
await browser.close();
console.log(JSON.stringify({ failed, errors, tries, ...seen }));
process.exit(failed.length > 0 || errors.length > 0 ? 1 : 0);
