"""(d) A worker making the standard ladder of a 1080p30 file, beside the ffmpeg command making the same with the same encoder and
settings: speed, CPU, memory, bit rates, and how near the pictures are to the source scaled by a third scaler. Both cores are
theirs. Then the worker in real time: how late its packets are."""

import json
import re
import subprocess
import time

from measure import processes

RUNGS = {1080: 5_000_000, 720: 2_500_000, 480: 1_200_000, 360: 600_000}
WIDTHS = {1080: 1920, 720: 1280, 480: 854, 360: 640}
SOURCE = "/usr/share/forensics-samples/original-files/movie1/VID_20191220_170832.mp4"
SECONDS = 20


def make_source(path, *options):
    """1080p30 of a telephone's camera in a loop, 8 Mbit/s, a keyframe every two seconds, as fragmented MP4."""
    if not path.exists():
        fresh = path.with_suffix(".new.mp4")
        subprocess.run(["ffmpeg", "-v", "error", "-y", "-noautorotate", "-stream_loop", "-1", "-i", SOURCE, "-an", "-vf", "scale=1920:1080:flags=lanczos,fps=30",
                        "-c:v", "libx264", "-preset", "fast", "-b:v", "8M", "-g", "60", "-sc_threshold", "0", *options, "-t", str(SECONDS),
                        "-movflags", "+frag_keyframe+empty_moov+default_base_moof", fresh], check=True)
        fresh.rename(path)
    return path


def ffmpeg_command(source, folder, low):
    names = list(RUNGS)
    splits = "".join(f"[v{height}]" for height in names)
    scales = "".join(f";[v{height}]scale={WIDTHS[height]}:{height}:flags=bicubic[o{height}]" for height in names)
    command = ["/usr/bin/time", "-f", "%U %S %M", "ffmpeg", "-v", "error", "-y", "-i", source, "-filter_complex",
               f"[0:v]split={len(names)}{splits}{scales}"]
    for height in names:
        maximum = RUNGS[height] * 6 // 5
        command += ["-map", f"[o{height}]", "-c:v", "libx264", "-preset", "veryfast", *(["-tune", "zerolatency"] if low else []),
                    "-b:v", RUNGS[height], "-maxrate", maximum, "-bufsize", maximum, "-g", "180", "-keyint_min", "180",
                    "-force_key_frames", "expr:gte(t,n_forced*2)", "-forced-idr", "1", "-x264-params", "scenecut=0:open-gop=0",
                    "-f", "h264", folder / f"{height}.h264"]
    return command


def ffmpeg(bench, source, low):
    folder = bench.folder / "ffmpeg"
    folder.mkdir(exist_ok=True)
    began = time.monotonic()
    done = subprocess.run([str(word) for word in ffmpeg_command(source, folder, low)], check=True, capture_output=True, text=True)
    seconds = time.monotonic() - began
    user, system, memory = done.stderr.split()[-3:]
    frames = SECONDS * 30
    return {"seconds": seconds, "frames": frames, "fps": frames / seconds, "cpu_ms_per_frame": (float(user) + float(system)) * 1000 / frames,
            "memory_mib": int(memory) / 1024, "bytes": sizes(folder)}


def weir(bench, source, *flags):
    folder = bench.folder / "weir"
    folder.mkdir(exist_ok=True)
    said = subprocess.run([bench.programs / "ladder", bench.weir.parent / "weir-worker", source, folder, *flags],
                          check=True, capture_output=True, text=True).stdout
    return json.loads(said) | {"bytes": sizes(folder)}


def sizes(folder):
    return {height: (folder / f"{height}.h264").stat().st_size for height in RUNGS}


def quality(bench, source, side, height):
    """PSNR and SSIM of the luma against the source scaled by Lanczos."""
    graph = (f"[1:v]scale={WIDTHS[height]}:{height}:flags=lanczos,settb=1/30,setpts=N[r];[0:v]settb=1/30,setpts=N,split[a][b];"
             "[r]split[c][d];[a][c]psnr;[b][d]ssim")
    said = subprocess.run(["ffmpeg", "-v", "info", "-r", "30", "-i", bench.folder / side / f"{height}.h264", "-i", source,
                           "-filter_complex", graph, "-f", "null", "-"], check=True, capture_output=True, text=True).stderr
    return {"psnr": float(re.search(r"PSNR y:([\d.]+|inf)", said)[1]), "ssim": float(re.search(r"SSIM Y:([\d.]+)", said)[1])}


def run(bench):
    source = make_source(bench.programs / "ladder.mp4")
    results = {"ffmpeg": [], "weir": [], "quality": {}, "live": [], "low": {"ffmpeg": [], "weir": []}}
    for number in range(min(bench.rounds, 3)):
        for name, way in (("ffmpeg", lambda: ffmpeg(bench, source, False)), ("weir", lambda: weir(bench, source))):
            outcome = way()
            results[name].append(outcome)
            bench.say(f"ladder, round {number + 1}, {name}: " + processes.brief(outcome))
    for height in RUNGS:
        results["quality"][height] = {side: quality(bench, source, side, height) for side in ("ffmpeg", "weir")}
        bench.say(f"ladder, {height}p: " + json.dumps(results["quality"][height]))
    results["low"]["ffmpeg"].append(ffmpeg(bench, source, True))
    results["low"]["weir"].append(weir(bench, source, "low"))
    # In real time two cores carry no 1080p rung beside the others: the ladder of a 720p source.
    # The source has no B-frames here: nothing waits for a picture that is still to come.
    plain = make_source(bench.programs / "ladder_live.mp4", "-bf", "0")
    results["live"].append(weir(bench, plain, "live", "low", "480:1200000", "360:600000"))
    bench.say("ladder, live: " + json.dumps(results["live"][0]["rungs"]))
    # At the default preset: what the ladder adds to the look-ahead of its encoders.
    results["live_usual"] = [weir(bench, plain, "live", "480:1200000", "360:600000")]
    bench.say("ladder, live, with look-ahead: " + json.dumps(results["live_usual"][0]["rungs"]))
    return results
