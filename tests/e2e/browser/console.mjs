// Opens the console and reads the list as it is shown. Writes one line of JSON {empty, alert, streams: [{id, state, viewers, ...}], errors},
// and exits 1 when the page had errors or does not show the stream that --wait names.
//
//   node console.mjs URL [--wait ID] [--open ID] [--seconds N] [--screenshot FILE] [--size 1280x800] [--scheme dark|light]
import { parseArgs } from "node:util";
import { openPage } from "./browser.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    wait: { type: "string" },
    open: { type: "string" },
    seconds: { type: "string", default: "2" },
    screenshot: { type: "string" },
    size: { type: "string" },
    scheme: { type: "string" },
  },
});
const [address] = positionals;
if (address === undefined) {
  console.error("console.mjs: the address of a console is missing");
  process.exit(2);
}

const read = () => ({
  empty: document.querySelector(".empty") !== null,
  alert: document.querySelector(".alert")?.textContent ?? "",
  streams: [...document.querySelectorAll(".row")].map((row) => ({
    id: row.querySelector(".row-id").textContent,
    state: row.querySelector(".badge").textContent,
    viewers: row.querySelector(".cell-viewers .number").textContent,
    source: row.querySelector(".row-source")?.textContent ?? "",
    reason: row.querySelector(".row-reason")?.textContent ?? "",
  })),
});

const { browser, page, errors } = await openPage(values);
await page.goto(address);
let missing = false;
if (values.wait !== undefined) {
  const shown = page.locator(".row-id").getByText(values.wait, { exact: true });
  await shown.waitFor({ timeout: values.seconds * 1000 }).catch(() => (missing = true));
} else {
  await page.waitForTimeout(values.seconds * 1000);
}
if (values.open !== undefined) {
  await page.getByRole("button", { name: `Details of ${values.open}` }).click();
  await page.waitForTimeout(500);
}
const list = await page.evaluate(read);
if (values.screenshot !== undefined) await page.screenshot({ path: values.screenshot, fullPage: true });
await browser.close();
console.log(JSON.stringify({ ...list, errors }));
process.exit(missing || errors.length > 0 ? 1 : 0);
