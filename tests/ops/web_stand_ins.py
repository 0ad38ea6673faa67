"""Stands in for Grafana's API of users; and the wire-faithful server of language models, started for a test."""
import base64
import http.server
import json
import pathlib
import subprocess
import sys
import threading

MODELS = pathlib.Path(__file__).resolve().parents[1] / "llm_server/llm_server.py"


class Grafana:
    """Knows one user, admin. `refusing`: new passwords are too weak for it."""

    def __init__(self, password):
        self.password, self.refusing = password, False
        stand_in = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def signed_in(self):
                given = base64.b64decode(self.headers.get("Authorization", "Basic ").split(" ", 1)[1]).decode()
                return given == f"admin:{stand_in.password}"

            def answer(self, status, value):
                text = json.dumps(value).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def do_GET(self):
                if self.path == "/api/health":
                    self.answer(200, {"database": "ok"})
                elif self.path == "/api/user" and self.signed_in():
                    self.answer(200, {"login": "admin"})
                else:
                    self.answer(401, {"message": "Invalid username or password"})

            def do_PUT(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if self.path != "/api/user/password" or not self.signed_in() or body["oldPassword"] != stand_in.password:
                    self.answer(401, {"message": "Invalid username or password"})
                elif stand_in.refusing:
                    self.answer(400, {"message": "New password is too short"})
                else:
                    stand_in.password = body["newPassword"]
                    self.answer(200, {"message": "User password changed"})

            def log_message(self, *_):
                pass
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


class Provider:
    """Every provider of language models; takes any key but `wrong-key`."""

    def __enter__(self):
        self.process = subprocess.Popen([sys.executable, MODELS, "--until-eof"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().strip()
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()
