// Plays a stream with a player that is not our page's, as its own authors ship it: dash.js, or Shaka Player in DASH or HLS. It starts, changes
// rungs both ways, seeks back and returns to the live edge; then the line "moving" on standard error asks whoever runs this to
// have the publisher cut and back, and "went on" to end the stream. Writes one line of JSON {failed, errors, latency, ...}, and
// exits 1 if a step failed.
//
//   node other_players.mjs URL --player dash.js|shaka [--screenshot FILE] [--low LINES] [--high LINES] [--back SECONDS] [--still SECONDS] [--verbose]
import { createRequire } from "node:module";
import { parseArgs } from "node:util";
import { openPage } from "./browser.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    player: { type: "string" },
    screenshot: { type: "string" },
    low: { type: "string", default: "360" },
    high: { type: "string", default: "720" },
    back: { type: "string", default: "6" },
    still: { type: "string", default: "9" },
    verbose: { type: "boolean", default: false },
  },
});
const [address] = positionals;
const require = createRequire(import.meta.url);
const libraries = { "dash.js": require.resolve("dashjs"), shaka: require.resolve("shaka-player") };
if (address === undefined || libraries[values.player] === undefined) {
  console.error("other_players.mjs: the address of a manifest and --player dash.js or shaka are needed");
  process.exit(2);
}

/** In the page: one interface for both players. */
function open({ name, url }) {
  const video = document.querySelector("video");
  const seen = { faults: [], waits: 0 };
  video.addEventListener("waiting", () => seen.waits++);
  video.addEventListener("ended", () => (seen.ended = true));
  const adapters = {
    async "dash.js"() {
      const player = dashjs.MediaPlayer().create();
      player.updateSettings({ streaming: { abr: { autoSwitchBitrate: { video: false } }, } });
      player.on("error", (event) => seen.faults.push(event.error?.message ?? String(event.error)));
      player.initialize(video, url, true);
      return {
        player,
        choose(lines) {
          const index = player.getRepresentationsByType("video").findIndex((one) => one.height === lines);
          player.setRepresentationForTypeByIndex("video", index);
        },
        latency: () => player.getCurrentLiveLatency(),
        live: () => player.seekToOriginalLive(),
        details: () => ({ low: player.getLowLatencyModeEnabled(), target: player.getTargetLiveDelay() }),
      };
    },
    async shaka() {
      const player = new shaka.Player();
      await player.attach(video);
      // What docs/players.md says to set: without it Shaka takes rounding errors for shifts of the media, and loses the parts behind them.
      player.configure({ abr: { enabled: false }, manifest: { dash: { autoCorrectDrift: false }, hls: { sequenceMode: true } } });
      player.addEventListener("error", ({ detail }) => {
        // A part that was hinted at never comes when the publisher is cut, and is answered with 404 in the end (RFC 8216bis 6.2.6):
        // Shaka calls that critical, and plays on.
        const [address, status] = detail.data;
        const never = detail.code === 1001 && status === 404 && /\/\d+-\d+-\d+\.m4s$/.test(address);
        if (detail.severity === shaka.util.Error.Severity.CRITICAL && !never) seen.faults.push(`shaka ${detail.code} ${detail.data}`);
      });
      player.load(url).catch((error) => seen.faults.push(`shaka ${error.code} ${error.data}`));
      return {
        player,
        choose(lines) {
          const track = player.getVariantTracks().find((one) => one.height === lines);
          player.selectVariantTrack(track, true);
        },
        latency: () => player.getStats().liveLatency,
        live: () => player.goToLive(),
        details: () => ({ seekable: player.seekRange().end - player.seekRange().start }),
      };
    },
  };
  return adapters[name]().then((adapter) => Object.assign(window, { weir: adapter, seen, video }));
}

const { browser, page, errors } = await openPage();
page.setDefaultTimeout(40_000);
if (values.verbose) page.on("console", (message) => console.error(message.text()));
if (values.verbose) page.on("response", (response) => console.error(((Date.now() / 1000) % 1000).toFixed(2), response.status(), response.url()));
await page.setContent('<body style="margin:0;background:#111"><video muted autoplay playsinline style="width:100vw;height:100vh"></video>');
await page.addScriptTag({ path: libraries[values.player] });
await page.evaluate(open, { name: values.player, url: address }).catch((error) => errors.push(error.message));

const failed = [];
async function step(name, act) {
  try {
    if ((await act()) === false) failed.push(name);
  } catch (error) {
    failed.push(`${name}: ${error.message.split("\n")[0]}`);
  }
  if (values.verbose) console.error(name, JSON.stringify(await look()));
}
const look = () =>
  page.evaluate(() => ({
    time: video.currentTime,
    wall: Date.now() / 1000,
    lines: video.videoHeight,
    frames: video.getVideoPlaybackQuality().totalVideoFrames,
    latency: window.weir.latency(),
    buffered: [...Array(video.buffered.length).keys()].map((i) => [video.buffered.start(i), video.buffered.end(i)]),
    rate: video.playbackRate,
    ...seen,
    ...window.weir.details(),
  }));

/** The picture moves on for a second and a half, in that size. */
async function shows(lines) {
  const before = await look();
  await page.waitForFunction(
    ([wanted, frames]) => (wanted === undefined || video.videoHeight === wanted) && video.getVideoPlaybackQuality().totalVideoFrames > frames + 40,
    [lines, before.frames],
  );
}
const choose = (lines) => page.evaluate((wanted) => window.weir.choose(wanted), Number(lines));

await step("it plays", () => shows(undefined));
await step("the low rung is shown", async () => {
  await choose(values.low);
  await shows(Number(values.low));
});
await step("and the high one again", async () => {
  await choose(values.high);
  await shows(Number(values.high));
});
const settled = await look();
await step("it plays on without a hole in what it has", async () => {
  await page.waitForFunction((time) => video.currentTime > time + 5, settled.time);
  const { buffered } = await look();
  return buffered.filter(([, end]) => end > settled.time).length === 1;
});
const live = await look();
if (values.screenshot !== undefined) await page.screenshot({ path: values.screenshot });
await step("a seek back in the window is played", async () => {
  const from = (await look()).time;
  const back = Number(values.back);
  await page.evaluate((seconds) => (video.currentTime -= seconds), back);
  await page.waitForFunction(([to, end]) => !video.seeking && video.currentTime > to + 0.5 && video.currentTime < end, [from - back, from]);
});
await step("and the live edge again", async () => {
  await page.evaluate(() => window.weir.live());
  // No further behind than before; who began behind may be nearer now.
  await page.waitForFunction((most) => window.weir.latency() < most, live.latency + 3);
  await shows(undefined);
});
const before = await look();
console.error("moving");
await step("it goes on when the publisher is back", async () => {
  // Beyond what was there: the player was some seconds behind, and so plays on for that long whatever happens.
  await page.waitForFunction(([time]) => video.currentTime > time, [before.time + before.latency + 3]);
  await shows(undefined);
});
const after = await look();
console.error("went on");
await step("it ends where the stream ends", async () => {
  if (address.endsWith(".m3u8")) return stands();
  await page.waitForFunction(() => seen.ended, undefined, { timeout: 60_000 });
  return (await look()).time > after.time;
});
/** In HLS Shaka either ends, or fails upon the part that was hinted at and never came: what it says after the end is not asked. */
async function stands() {
  for (let still = 0, last = -1; still < Number(values.still) && !(await look()).ended; ) {
    await page.waitForTimeout(1000);
    const { time, wall } = await look();
    if (wall > after.wall + 40) return false;
    still = Math.abs(time - last) < 0.2 ? still + 1 : 0;
    last = time;
  }
  return (await look()).time > after.time;
}
const end = await look();
await browser.close();
const { faults } = address.endsWith(".m3u8") ? after : end;
console.log(JSON.stringify({ failed, errors, faults, live, after, end }));
process.exit(failed.length + faults.length + errors.length === 0 ? 0 : 1);
