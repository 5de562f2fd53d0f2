const { openPage } = await import("/work/main/tests/e2e/browser/browser.mjs");
const [url, tries, name] = process.argv.slice(2);
for (let i = 0; i < Number(tries); i++) {
  const { browser, page, errors } = await openPage();
  const cdp = await page.context().newCDPSession(page);
  const log = []; const t0 = Date.now(); const at = () => ((Date.now() - t0) / 1000).toFixed(2);
  cdp.on("Media.playerPropertiesChanged", (e) => e.properties.forEach((p) => log.push(`${at()} prop ${p.name}=${String(p.value).slice(0, 200)}`)));
  cdp.on("Media.playerEventsAdded", (e) => e.events.forEach((p) => log.push(`${at()} event ${p.value.slice(0, 300)}`)));
  cdp.on("Media.playerMessagesLogged", (e) => e.messages.forEach((p) => log.push(`${at()} msg ${p.level} ${p.message.slice(0, 400)}`)));
  cdp.on("Media.playerErrorsRaised", (e) => e.errors.forEach((p) => log.push(`${at()} ERROR ${JSON.stringify(p).slice(0, 600)}`)));
  await cdp.send("Media.enable");
  const net = []; page.on("response", (r) => net.push(`${at()} ${r.status()} ${new URL(r.url()).pathname.split("/").slice(3).join("/")}`));
  await page.goto(new URL("/time", url).href);
  await page.setContent("<body><video muted autoplay playsinline></video>");
  await page.evaluate((u) => { window.video = document.querySelector("video"); video.src = u; }, url);
  const ok = await page.waitForFunction(() => video.currentTime > 1, undefined, { timeout: 15000 }).then(() => true, () => false);
  const s = await page.evaluate(() => ({ t: video.currentTime, ready: video.readyState, net: video.networkState, err: video.error?.message, d: video.duration, paused: video.paused, b: [...Array(video.buffered.length).keys()].map((i) => [video.buffered.start(i), video.buffered.end(i)]) }));
  console.log(i, ok ? "plays" : "STANDS", at(), JSON.stringify(s));
  if (!ok || i == 0) { console.log(log.join("\n")); console.log(net.slice(0, 40).join("\n")); }
  await browser.close();
}
