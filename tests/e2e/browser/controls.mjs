// Uses the player page's buttons on a running stream as a person would: sound, pause, go on, the other way of playing, copying an
// address. Writes one line of JSON with the steps that failed, and exits 1 if any did.
//
//   node controls.mjs URL [--screenshot FILE]     (the file shows the paused page)
import { parseArgs } from "node:util";
import { openPage } from "./browser.mjs";

const { values, positionals } = parseArgs({ allowPositionals: true, options: { screenshot: { type: "string" } } });
const [address] = positionals;
if (address === undefined) {
  console.error("controls.mjs: the address of a player page is missing");
  process.exit(2);
}

const step_limit_ms = 30_000;
const { browser, page, errors } = await openPage();
page.setDefaultTimeout(step_limit_ms);
const failed = [];

async function step(name, act) {
  try {
    if ((await act()) === false) failed.push(name);
  } catch (error) {
    failed.push(`${name}: ${error.message.split("\n")[0]}`);
  }
}

const video = () => page.evaluate(() => {
  const { currentTime, muted, volume, paused } = document.querySelector("video");
  return { currentTime, muted, volume, paused };
});
const root = (name) => page.evaluate((key) => document.getElementById("player").dataset[key], name);

async function plays() {
  const before = (await video()).currentTime;
  const moved = ([time]) => {
    const now = document.querySelector("video").currentTime;
    return now > 0.5 && Math.abs(now - time) > 0.5 && document.getElementById("player").dataset.latency !== "";
  };
  await page.waitForFunction(moved, [before]);
}

/** Wakes the controls, which withdraw from a pointer that rests. */
async function press(name) {
  const stage = await page.locator(".stage").boundingBox();
  await page.mouse.move(stage.x + 40 + Math.random() * 80, stage.y + 120);
  await page.getByRole("button", { name, exact: true }).first().click();
}

await page.goto(address);
await step("it plays by itself, silently", async () => {
  await plays();
  return (await video()).muted;
});
await step("a touch brings the sound", async () => {
  await press("Tap for sound");
  const { muted, volume } = await video();
  return !muted && volume > 0;
});
await step("the key m takes it away", async () => {
  await page.locator("h1").click();
  await page.keyboard.press("m");
  return (await video()).muted;
});
await step("pause stops the picture", async () => {
  await press("Pause");
  const before = await video();
  await page.waitForTimeout(1500);
  const after = await video();
  return after.paused && after.currentTime === before.currentTime && (await root("state")) === "running";
});
if (values.screenshot !== undefined) await page.screenshot({ path: values.screenshot });
await step("play goes on, near the live edge", async () => {
  await press("Play");
  await plays();
  return !(await video()).paused;
});
await step("HTTP-FLV plays and is less late", async () => {
  const before = Number(await root("latency"));
  await press("HTTP-FLV");
  await page.waitForFunction(() => document.getElementById("player").dataset.engine === "flv");
  await plays();
  const after = Number(await root("latency"));
  return page.url().includes("engine=flv") && after < before;
});
await step("a pause of HTTP-FLV ends in the present", async () => {
  await press("Pause");
  await page.waitForTimeout(2500);
  await press("Play");
  await plays();
  return Number(await root("latency")) < 5;
});
await step("and back to HLS", async () => {
  await press("HLS");
  await page.waitForFunction(() => document.getElementById("player").dataset.engine === "hls");
  await plays();
});
await step("an address is copied", async () => {
  await press("Copy: HTTP-FLV");
  await page.getByText("Copied", { exact: true }).waitFor();
});
await browser.close();
console.log(JSON.stringify({ failed, errors }));
process.exit(failed.length + errors.length === 0 ? 0 : 1);
