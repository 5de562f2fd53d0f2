// Chooses qualities on the player page of a running stream as a person would: by the menu over the picture, in HLS and in
// HTTP-FLV. Writes one line of JSON with the steps that failed, and exits 1 if any did.
//
//   node quality.mjs URL [--rungs 480,360] [--screenshot FILE]     (heights beside a source of 720; the file shows the open menu)
import { parseArgs } from "node:util";
import { openPage } from "./browser.mjs";

const { values, positionals } = parseArgs({ allowPositionals: true, options: { screenshot: { type: "string" }, rungs: { type: "string", default: "480,360" } } });
const [address] = positionals;
const rungs = values.rungs.split(",").map(Number);
const lowest = rungs.at(-1);
if (address === undefined) {
  console.error("quality.mjs: the address of a player page is missing");
  process.exit(2);
}

const { browser, page, errors } = await openPage();
page.setDefaultTimeout(30_000);
const failed = [];

async function step(name, act) {
  try {
    if ((await act()) === false) failed.push(name);
  } catch (error) {
    failed.push(`${name}: ${error.message.split("\n")[0]}`);
  }
}

/** The picture moves, and is that high. */
async function shows(height) {
  const before = await page.evaluate(() => document.querySelector("video").currentTime);
  await page.waitForFunction(
    ([wanted, time]) => {
      const video = document.querySelector("video");
      return (wanted === undefined || video.videoHeight === wanted) && video.currentTime > 0.3 && Math.abs(video.currentTime - time) > 0.5;
    },
    [height, before],
  );
}

async function openMenu() {
  const stage = await page.locator(".stage").boundingBox();
  await page.mouse.move(stage.x + 60 + Math.random() * 80, stage.y + 120);
  await page.getByRole("button", { name: "Quality", exact: true }).click();
  await page.getByRole("menu").waitFor();
}

async function choose(name) {
  await openMenu();
  await page.getByRole("menuitemradio", { name }).click();
}

await page.goto(address);
await step("it plays", () => shows(undefined));
await step("the menu has every rung, best first", async () => {
  await openMenu();
  const names = await page.getByRole("menuitemradio").allTextContents();
  if (values.screenshot !== undefined) await page.screenshot({ path: values.screenshot });
  await page.keyboard.press("Escape");
  return names[0].startsWith("Auto") && names.slice(1).join() === ["720p · source", ...rungs.map((height) => `${height}p`)].join();
});
await step("a low one is shown", async () => {
  await choose(`${lowest}p`);
  await shows(lowest);
});
await step("and the source again", async () => {
  await choose("720p · source");
  await shows(720);
});
await step("Auto leaves the choice to the player", async () => {
  await choose(/^Auto/);
  await shows(undefined);
});
await step("HTTP-FLV has the choice too", async () => {
  await page.getByRole("button", { name: "HTTP-FLV", exact: true }).first().click();
  await page.waitForFunction(() => document.getElementById("player").dataset.engine === "flv");
  await shows(720);
  await choose(`${rungs[0]}p`);
  await shows(rungs[0]);
});
await browser.close();
console.log(JSON.stringify({ failed, errors }));
process.exit(failed.length + errors.length === 0 ? 0 : 1);
