"""Debian's nginx for tests: on a free loopback port, in a temporary folder, before servers on other ports."""
import http.client
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

from postgres import MOST_SECONDS, free_port

# As the operators' document has it: another server is asked when one fails, and one that failed is left alone for a while.
CONFIGURATION = """
daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  upstream servers {{ least_conn; {servers} keepalive 32; }}
  server {{
    listen 127.0.0.1:{port};
    {more}
    location / {{
      proxy_pass http://servers;
      proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host;
      proxy_read_timeout 10s; proxy_connect_timeout 2s;
      proxy_next_upstream error timeout http_502 http_503;
    }}
  }}
}}
"""


class Nginx:
    def __init__(self, ports, more=""):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="causal-gym-"))
        self.folder.chmod(0o755)
        self.port = free_port()
        servers = " ".join(f"server 127.0.0.1:{port} max_fails=1 fail_timeout=2s;" for port in ports)
        user = "user root;" if os.geteuid() == 0 else ""
        (self.folder / "conf").write_text(user + CONFIGURATION.format(folder=self.folder, port=self.port, servers=servers, more=more), encoding="utf-8")
        self.process = subprocess.Popen(["nginx", "-p", self.folder, "-c", self.folder / "conf", "-e", self.folder / "error.log"],
                                        stdin=subprocess.DEVNULL)
        deadline = time.monotonic() + MOST_SECONDS
        while not self.answers():
            assert self.process.poll() is None and time.monotonic() < deadline, self.errors()
            time.sleep(0.02)

    def answers(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/live")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def errors(self):
        return (self.folder / "error.log").read_text(encoding="utf-8")

    def close(self):
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(MOST_SECONDS)
        shutil.rmtree(self.folder)
