"""The tables of script/bench: the bars and what was measured beside them, then what lies behind each bar."""

import statistics

MIB, KIB = 1 << 20, 1 << 10


class Spread:
    """Median, least and most of the rounds."""

    def __init__(self, values):
        self.values = [value for value in values if value is not None]
        self.median = statistics.median(self.values) if self.values else float("inf")

    def text(self, digits=3, unit="", scale=1.0):
        if not self.values:
            return "none"
        number = lambda value: f"{value / scale:.{digits}f}"
        return f"{number(self.median)}{unit} ({number(min(self.values))} to {number(max(self.values))})"


def column(outcomes, key):
    return Spread([outcome[key] for outcome in outcomes])


def ratio(over, under, key):
    """Of the same rounds, since those saw the same machine."""
    return Spread([a[key] / b[key] for a, b in zip(over, under)])


def percentile(values, share):
    return sorted(values)[round(share * (len(values) - 1))]


class Bars:
    """Rows of the first table; `missed` names what was not reached."""

    def __init__(self):
        self.rows, self.missed = [], []

    def add(self, measure, bar, measured, reached):
        self.rows.append((measure, bar, measured, "yes" if reached else "**no**"))
        if not reached:
            self.missed.append(f"{measure}: {measured}; the bar is {bar}")

    def fan_out(self, results):
        for viewers in [count for count in (1000, 4000) if str(count) in results]:
            ways = results[str(viewers)]
            weir = ways["weir uring"]
            if viewers == 1000:
                cost = ratio(weir, ways["loop batched"], "cost")
                self.add("CPU per gigabit to 1000 FLV viewers, of the bare batched loop", "at most 1.5 x",
                         cost.text(2, " x"), cost.median <= 1.5)
                if "weir rtmp" in ways:
                    cost = ratio(ways["weir rtmp"], ways["loop batched"], "cost")
                    self.add("CPU per gigabit to 1000 RTMP viewers, of the bare batched loop", "at most 1.5 x",
                             cost.text(2, " x"), cost.median <= 1.5)
                first = Spread([percentile(outcome["first_frame"], 0.99) for outcome in weir])
                self.add("first frame of a running stream with 1000 viewers, p99", "under 20 ms", first.text(1, " ms"),
                         first.median < 20)
                for form in ("ts", "mp4"):
                    if f"weir {form}" in ways:  # kept results may be older than these rows
                        cost = ratio(ways[f"weir {form}"], ways["loop batched"], "cost")
                        self.add(f"the same over HTTP as {form}", "at most 1.5 x", cost.text(2, " x"), cost.median <= 1.5)
            late, stalls = column(weir, "p99"), column(weir, "stalls")
            self.add(f"{viewers} viewers of 1.5 Mbit/s on one core, added latency p99", "under 40 ms",
                     late.text(1, " ms"), late.median < 40)
            self.add(f"{viewers} viewers: stalls", "none", stalls.text(0), stalls.median == 0)
            memory = column(weir, "memory")
            self.add(f"server memory per FLV viewer, of {viewers}", "at most 6 KiB", memory.text(2, " KiB", KIB),
                     memory.median <= 6 * KIB)

    def hls(self, results):
        segments = ratio(results["segment"]["weir"], results["segment"]["nginx"], "gigabits_per_cpu")
        self.add("HLS segments, gigabits per CPU second, of nginx's", "at least 1 x", segments.text(2, " x"),
                 segments.median >= 1)

    def tls(self, results):
        cost = ratio(results["weir"], results["nginx"], "cost")
        self.add(f"CPU per gigabit to {results['viewers']} FLV viewers over TLS, of nginx's TLS", "at most 1.3 x", cost.text(2, " x"),
                 cost.median <= 1.3)
        segments = ratio(results["segment nginx"], results["segment weir"], "gigabits_per_cpu")
        self.add("HLS segments over TLS, CPU per gigabit, of nginx's", "at most 1.3 x", segments.text(2, " x"), segments.median <= 1.3)

    def llhls(self, results):
        for clients, bar in ((100, 5), (1000, 25)):
            late = column(results[f"weir {clients}"], "p99")
            self.add(f"an LL-HLS part with {clients} waiting clients, after its last packet, p99", f"under {bar} ms",
                     late.text(1, " ms"), late.median < bar)
        cost = ratio(results["weir 1000"], results["nginx 1000"], "cost")
        self.add("LL-HLS of 500 ms to 1000 clients, CPU per gigabit, of nginx's with files at the same rate", "at most 1.3 x",
                 cost.text(2, " x"), cost.median <= 1.3)

    def hls_js(self, results):
        for part, bar in (("500ms", 2.0), ("200ms", 1.2)):
            late = column(results[f"{part} source"], "p50")
            self.add(f"LL-HLS in hls.js with parts of {part.removesuffix('ms')} ms, clock in the frame to screen, median", f"under {bar} s",
                     late.text(2, " s", 1e3), late.median < bar * 1e3)

    def publishers(self, results, count):
        weir = results["weir"]
        if results["nginx"]:
            cost, packaged = ratio(weir, results["nginx"], "cost"), ratio(weir, results["nginx with HLS"], "cost")
            self.add(f"{count} publishers, nothing watched: CPU per gigabit, of nginx-rtmp's without HLS", "at most 1 x", cost.text(2, " x"),
                     cost.median <= 1)
            self.add("the same, of nginx-rtmp's with HLS (Weir makes it always)", "at most 0.5 x", packaged.text(2, " x"), packaged.median <= 0.5)
        idle, ready, memory = column(weir, "idle"), column(weir, "ready"), column(weir, "memory")
        self.add("idle server", "under 30 MiB", idle.text(1, " MiB", MIB), idle.median < 30 * MIB)
        self.add("start to ready", "under 200 ms", ready.text(0, " ms", 1e-3), ready.median < 0.2)
        self.add("memory per passthrough stream, media aside", "under 1 MiB", memory.text(2, " MiB", MIB),
                 memory.median < 1 * MIB)

    def ladder(self, results):
        speed = ratio(results["weir"], results["ffmpeg"], "fps")
        self.add("ladder of a 1080p30 file, speed, of the ffmpeg command's", "at least 1.15 x", speed.text(2, " x"), speed.median >= 1.15)
        worst = min(sides["weir"]["psnr"] - sides["ffmpeg"]["psnr"] for sides in results["quality"].values())
        self.add("PSNR of the worst rung, beside ffmpeg's", "within 0.1 dB", f"{worst:+.2f} dB", worst >= -0.1)
        off = max((abs(results["weir"][0]["bytes"][height] / size - 1) for height, size in results["ffmpeg"][0]["bytes"].items()))
        self.add("bit rate of the farthest rung, beside ffmpeg's", "within 1 %", f"{off:.1%}", off <= 0.01)
        memory, low = column(results["weir"], "memory_mib"), column(results["low"]["weir"], "memory_mib")
        self.add("worker of 1080p to four rungs", "under 400 MiB", memory.text(0, " MiB"), memory.median < 400)
        self.add("the same with `latency: low`", "under 220 MiB", low.text(0, " MiB"), low.median < 220)
        late = Spread([rung["latency_ms"]["p99"] for run in results["live"] for rung in run["rungs"]])
        self.add("latency of a rung's packets without look-ahead, p99", "one frame and 20 ms (53 ms)", late.text(1, " ms"), max(late.values) < 53.4)
        if usual := results.get("live_usual"):
            rungs = [rung for run in usual for rung in run["rungs"]]
            added, ahead = Spread([rung["added_ms"]["p99"] for rung in rungs]), max(rung["look_ahead"] for rung in rungs)
            self.add(f"latency that the ladder adds to its encoders' look-ahead ({ahead} frames), p99", "one frame and 20 ms (53 ms)", added.text(1, " ms"),
                     max(added.values) < 53.4)


def markdown(header, rows):
    lines = ["| " + " | ".join(map(str, row)) + " |" for row in [header, ["---"] * len(header), *rows]]
    return "\n".join(lines) + "\n"


def fan_out_table(results):
    rows = []
    for viewers, ways in sorted(results.items(), key=lambda item: int(item[0])):
        for name, outcomes in ways.items():
            loop = ratio(outcomes, ways["loop batched"], "cost").text(2)
            row = [viewers, name, column(outcomes, "cost").text(4), "" if name == "loop batched" else loop]
            if "memory" in outcomes[0]:
                row.append(column(outcomes, "memory").text(1, "", KIB))
            if "p50" in outcomes[0]:
                row += [column(outcomes, "p50").text(1), column(outcomes, "p99").text(1), column(outcomes, "stalls").text(0)]
            rows.append(row + [""] * (8 - len(row)))
    return markdown(["viewers", "way", "CPU s per Gbit", "of the batched loop", "KiB per viewer", "latency p50, ms",
                     "latency p99, ms", "stalls"], rows)


def hls_table(results):
    rows = []
    for kind, key, digits in (("segment", "gigabits_per_cpu", 2), ("playlist", "requests_per_cpu", 0)):
        sides = results[kind]
        rows.append([kind, sides["weir"][0]["bytes"], key.replace("_per_cpu", " per CPU second"),
                     column(sides["weir"], key).text(digits), column(sides["nginx"], key).text(digits),
                     ratio(sides["weir"], sides["nginx"], key).text(2)])
    return markdown(["object", "bytes", "measure", "weir", "nginx", "ratio"], rows)


def tls_table(results):
    rows = [[f"{results['viewers']} FLV viewers", name, outcomes[0]["suite"], column(outcomes, "cost").text(4)]
            for name, outcomes in (("weir", results["weir"]), ("nginx", results["nginx"]))]
    rows += [["HLS segments", name, "", Spread([1 / one["gigabits_per_cpu"] for one in results[f"segment {name}"]]).text(4)]
             for name in ("weir", "nginx")]
    return markdown(["what", "server", "suite", "CPU s per Gbit"], rows)


def llhls_table(results):
    rows = []
    for way, outcomes in results.items():
        row = [way, column(outcomes, "cost").text(4)]
        if "p50" in outcomes[0]:
            row += [column(outcomes, "p50").text(1), column(outcomes, "p99").text(1), column(outcomes, "stalls").text(0)]
        rows.append(row + [""] * (5 - len(row)))
    return markdown(["server, clients", "CPU s per Gbit", "a part after its last packet p50, ms", "p99, ms", "stalls"], rows)


def hls_js_table(results):
    rows = [[*way.split(), column(outcomes, "p50").text(2, scale=1e3), column(outcomes, "p99").text(2, scale=1e3),
             column(outcomes, "stalls").text(0)] for way, outcomes in results.items()]
    return markdown(["parts", "rung", "median, s", "p99, s", "stalls"], rows)


def publishers_table(results, count):
    return markdown(["publishers", "server", "CPU s per Gbit", "Mbit/s each"],
                    [[count, name, column(outcomes, "cost").text(3), column(outcomes, "bitrate").text(2, scale=1e6)] for name, outcomes in results.items() if outcomes])


def ladder_table(results):
    rows = [[name, column(outcomes, "fps").text(1), column(outcomes, "cpu_ms_per_frame").text(1), column(outcomes, "memory_mib").text(0)]
            for name, outcomes in (("ffmpeg", results["ffmpeg"]), ("weir", results["weir"]), ("ffmpeg, low latency", results["low"]["ffmpeg"]),
                                   ("weir, low latency", results["low"]["weir"]))]
    table = markdown(["way", "frames a second", "CPU ms per source frame", "MiB"], rows)
    rates = lambda side, height: results[side][0]["bytes"][height] * 8 / 1e3 / (results[side][0]["frames"] / 30)
    rows = [[f"{height}p", *(f"{rates(side, height):.0f}" for side in ("ffmpeg", "weir")),
             *(f"{sides[side]['psnr']:.2f} / {sides[side]['ssim']:.4f}" for side in ("ffmpeg", "weir"))]
            for height, sides in results["quality"].items()]
    table += "\n" + markdown(["rung", "ffmpeg kbit/s", "weir kbit/s", "ffmpeg PSNR / SSIM", "weir PSNR / SSIM"], rows)
    rows = [[stage, f"{share:.2f}"] for stage, share in results["weir"][0].get("cpu_ms_by_stage", {}).items()]
    return table + ("\n" + markdown(["stage of the worker", "CPU ms per source frame"], rows) if rows else "")
