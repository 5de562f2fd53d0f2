// Plays HLS with Chromium's own player, `<video src>`: it starts, goes back in the window, and plays on; then the line "moving" on
// standard error asks whoever runs this to have the publisher cut and back. Writes one line of JSON {failed, errors, start, sizes, ...},
// and exits 1 if a step failed.
//
//   node native.mjs URL [--screenshot FILE] [--through SECONDS]
import { parseArgs } from "node:util";
import { openPage } from "./browser.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { screenshot: { type: "string" }, through: { type: "string", default: "14" } },
});
const [address] = positionals;
if (address === undefined) {
  console.error("native.mjs: the address of a playlist is needed");
  process.exit(2);
}

const { browser, page, errors } = await openPage();
page.setDefaultTimeout(40_000);
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

await step("it plays", () => plays(3, 0));
if (values.screenshot !== undefined) await page.screenshot({ path: values.screenshot });
await step("a seek back is played", async () => {
  const to = await page.evaluate(() => (video.currentTime -= 2));  // within what is buffered: it says of no more that it could seek there
  await plays(2, to);
});
console.error("moving");
await step("it outlives the publisher", async () => plays(Number(values.through), await time()));
const seen = await page.evaluate(() => ({ time: video.currentTime, sizes: [...sizes], faults }));
await browser.close();
console.log(JSON.stringify({ failed, errors, ...seen }));
process.exit(failed.length > 0 || errors.length > 0 ? 1 : 0);
