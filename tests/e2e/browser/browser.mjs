// One page in Debian's Chromium, without a window, that gathers what goes wrong in it: script errors, refused content, and
// dialogs (which only somebody else's script would open). Failed requests are not errors: players make them while they wait.
import { chromium } from "playwright-core";

const executable = process.env.CHROMIUM ?? "/usr/bin/chromium";

/** @param {{ size?: string, scheme?: string }} options size as "1280x800", scheme "dark" or "light" */
export async function openPage({ size = "1280x800", scheme = "dark" } = {}) {
  const [width, height] = size.split("x").map(Number);
  const browser = await chromium.launch({
    executablePath: executable,
    headless: true,
    args: [
      "--no-sandbox",
      "--disable-dev-shm-usage",
      "--autoplay-policy=document-user-activation-required",
      "--disable-features=LocalNetworkAccessChecks", // a page that a test makes up comes from no address
    ],
  });
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: scheme === "light" ? "light" : "dark",
    hasTouch: width < 600,
    isMobile: width < 600,
    deviceScaleFactor: width < 600 ? 2 : 1,
    ignoreHTTPSErrors: true, // a test's certificate is signed by itself
  });
  const page = await context.newPage();
  const errors = [];
  page.on("pageerror", (error) => errors.push(`script: ${error.message}`));
  page.on("dialog", (dialog) => {
    errors.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("console", (message) => {
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) errors.push(`console: ${message.text()}`);
  });
  return { browser, page, errors };
}
