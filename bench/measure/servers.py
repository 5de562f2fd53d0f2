"""The servers that are measured: Weir, and Debian's nginx with its RTMP module. Both pinned, on ports of their own."""

import json
import os
import pathlib
import re
import time

from measure import processes
from measure.processes import Program, cpu_seconds, free_port, get, resident_bytes, wait_until


def store(bench):
    """A store that knows the costs of this machine already: nothing is measured beside what is measured here."""
    folder = bench.folder / "store"
    folder.mkdir(exist_ok=True)
    (folder / "costs.json").write_text('{"version":1,"decode":0.0022,"scale":0.0011,"audio":0.042,"encode":{"veryfast":0.0116}}')
    return folder


class Weir(Program):
    def __init__(self, bench, io="uring", tls=None, settings=()):
        self.http, self.rtmp, self.https = free_port(), free_port(), free_port()
        started = time.monotonic()
        secure = [f"http.tls_listen=127.0.0.1:{self.https}", f"http.certificate={tls[0]}", f"http.key={tls[1]}"] if tls else []
        super().__init__(bench.folder, "weir", [
            bench.weir, "serve", "--set", f"http.listen=127.0.0.1:{self.http}",
            "--set", f"rtmp.listen=127.0.0.1:{self.rtmp}", "--set", "srt.listen=", "--set", "rtsp.listen=", "--set", "rtsp.tls_listen=",
            "--set", "limits.threads=1", "--set", "log.level=warning",
            "--set", "streams.defaults.ladder=none", "--set", f"store.path={store(bench)}",
            *(word for setting in (*secure, *settings) for word in ("--set", setting)),
        ], processes.SERVER_CORE, {"WEIR_IO": io})
        try:
            wait_until(lambda: get(self.url("/ready"), 1), "weir", pause=0.002)
        except BaseException:
            self.stop()
            raise
        self.seconds_to_ready = time.monotonic() - started

    def url(self, path):
        return f"http://127.0.0.1:{self.http}{path}"

    def rtmp_url(self, name):
        return f"rtmp://127.0.0.1:{self.rtmp}/live/{name}"

    def stats(self, name):
        return json.loads(get(self.url(f"/api/v1/streams/live/{name}/stats")))

    def streams(self, state="running"):
        return json.loads(get(self.url(f"/api/v1/streams?state={state}&limit=1")))["total"]

    def slab_bytes(self):
        """Media in memory: what the log and the HLS window hold."""
        return self.metric("slab_bytes")

    def received_bytes(self):
        return self.metric("rtmp_received_bytes_total")

    def metric(self, name):
        return int(re.search(rf"^weir_{name} (\d+)", get(self.url("/metrics")).decode(), re.M).group(1))

    def memory(self):
        """Resident bytes, media aside."""
        return resident_bytes(self.pid) - self.slab_bytes()

    def cpu(self):
        return cpu_seconds(self.pid)


NGINX = """
daemon off;
worker_processes 1;
worker_rlimit_nofile 20000;
pid {folder}/nginx.pid;
error_log {folder}/error.log error;
{user}
{modules}
events {{ worker_connections 16000; }}
rtmp_auto_push off;
rtmp {{
    access_log off;
    server {{
        listen 127.0.0.1:{rtmp};
        chunk_size 65536;
        application live {{ live on; wait_key on; {hls} }}
    }}
}}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    keepalive_requests 1000000000;
    open_file_cache max=1000;
    types {{ video/mp4 m4s; application/vnd.apple.mpegurl m3u8; }}
    server {{
        listen 127.0.0.1:{http};
        root {folder}/files;
        location /stat {{ rtmp_stat all; }}
    }}
    {secure}
}}
"""
NGINX_TLS = """
    server {{
        listen 127.0.0.1:{https} ssl;
        ssl_certificate {certificate};
        ssl_certificate_key {key};
        ssl_protocols TLSv1.3;
        ssl_conf_command Ciphersuites TLS_AES_128_GCM_SHA256;
        root {folder}/files;
        location /live/ {{ proxy_pass http://127.0.0.1:{source}; proxy_buffering off; proxy_http_version 1.1; }}
    }}
"""


class Nginx(Program):
    RTMP_MODULE = pathlib.Path("/usr/lib/nginx/modules/ngx_rtmp_module.so")

    def __init__(self, bench, tls=None, source=1, makes_hls=False):
        self.http, self.rtmp, self.https = free_port(), free_port(), free_port()
        folder = bench.folder / "nginx"
        (folder / "files").mkdir(parents=True, exist_ok=True)
        configuration = folder / "nginx.conf"
        configuration.write_text(NGINX.format(
            folder=folder, http=self.http, rtmp=self.rtmp,
            hls=f"hls on; hls_path {folder}/hls; hls_fragment 2s; hls_playlist_length 10s;" if makes_hls else "", user="user root;" if os.geteuid() == 0 else "",
            modules=f"load_module {self.RTMP_MODULE};",
            secure=NGINX_TLS.format(folder=folder, https=self.https, certificate=tls[0], key=tls[1], source=source) if tls else ""))
        super().__init__(bench.folder, "nginx", ["nginx", "-p", folder, "-c", configuration], processes.SERVER_CORE)
        try:
            wait_until(lambda: processes.children(self.pid), "nginx worker")
        except BaseException:
            self.stop()
            raise
        self.worker = processes.children(self.pid)[0]
        self.files = folder / "files"

    def url(self, path):
        return f"http://127.0.0.1:{self.http}{path}"

    def rtmp_url(self, name):
        return f"rtmp://127.0.0.1:{self.rtmp}/live/{name}"

    def sent_bytes(self):
        return int(re.search(r"<bytes_out>(\d+)", self.stat()).group(1))

    def received_bytes(self):
        return int(re.search(r"<bytes_in>(\d+)", self.stat()).group(1))

    def publishers(self):
        return int(re.search(r"<naccepted>(\d+)", self.stat()).group(1))  # its list of streams leaves some out

    def stat(self):
        return get(self.url("/stat")).decode()

    def cpu(self):
        return cpu_seconds(self.worker)
