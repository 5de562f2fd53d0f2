// Plays a low-latency stream over DASH with dash.js or Shaka Player, in a page of the stream's own server (others are not told by which
// protocol things came), for some seconds and until it has been sent some segments while they were made: a player on a slow machine begins
// behind those, and has to come up with them. Writes one line of JSON: {played, low, grown, whole, latency, protocols, errors, faults}, where
// `grown` are those segments, since of them nobody knows the length, and `whole` the others. Exits 1 when nothing was played or the page
// had errors.
//
//   node low_latency_dash.mjs URL --player dash.js|shaka [--seconds N] [--grown N]
import { createRequire } from "node:module";
import { parseArgs } from "node:util";
import { openPage } from "./browser.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { player: { type: "string" }, seconds: { type: "string", default: "4" }, grown: { type: "string", default: "3" } },
});
const [address] = positionals;
const require = createRequire(import.meta.url);
const libraries = { "dash.js": require.resolve("dashjs"), shaka: require.resolve("shaka-player") };
if (address === undefined || libraries[values.player] === undefined) {
  console.error("low_latency_dash.mjs: the address of a manifest and --player dash.js or shaka are needed");
  process.exit(2);
}

/** In the page. */
async function open({ name, url }) {
  const video = document.querySelector("video");
  Object.assign(window, { video, faults: [], low: () => false, latency: () => null });
  if (name === "dash.js") {
    const player = dashjs.MediaPlayer().create();
    player.on("error", (event) => window.faults.push(event.error?.message ?? String(event.error)));
    player.initialize(video, url, true);
    window.low = () => player.getLowLatencyModeEnabled();
    window.latency = () => player.getCurrentLiveLatency();
  } else {
    const player = new shaka.Player();
    player.configure({ streaming: { lowLatencyMode: true } });
    await player.attach(video);
    player.addEventListener("error", ({ detail }) => window.faults.push(`shaka ${detail.code} ${detail.data}`));
    window.low = () => player.getConfiguration().streaming.lowLatencyMode;
    window.latency = () => player.getStats().liveLatency;
    await player.load(url);
  }
}

const { browser, page, errors } = await openPage();
let grown = 0;
let whole = 0;
page.on("response", (response) => {
  const { pathname } = new URL(response.url());
  if (!/\/\d+-\d+\.m4s$/.test(pathname) || response.status() !== 200) return;
  if ("content-length" in response.headers()) ++whole;
  else ++grown;
});
let seen = {};
try {
  await page.goto(new URL("/time", address).href);
  await page.setContent("<body><video muted autoplay playsinline></video>");
  await page.addScriptTag({ path: libraries[values.player] });
  await page.evaluate(open, { name: values.player, url: address });
  const moved = (time) => page.waitForFunction((than) => video.currentTime > than, time, { timeout: 40_000 });
  await moved(0.2);
  const from = await page.evaluate(() => video.currentTime);
  await moved(from + Number(values.seconds));
  for (const end = Date.now() + 40_000; grown < Number(values.grown) && Date.now() < end; ) await page.waitForTimeout(200);
  seen = await page.evaluate(
    ([start]) => ({
      played: video.currentTime - start,
      low: window.low(),
      latency: window.latency(),
      faults: window.faults,
      protocols: [...new Set(performance.getEntriesByType("resource").filter((one) => /\.(mpd|mp4|m4s)$/.test(one.name)).map((one) => one.nextHopProtocol))],
    }),
    [from],
  );
} catch (error) {
  errors.push(`page: ${error.message.split("\n")[0]}`);
}
await browser.close();
console.log(JSON.stringify({ ...seen, grown, whole, errors }));
process.exit(errors.length > 0 ? 1 : 0);
