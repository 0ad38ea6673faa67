"""A stand-in for Grafana's HTTP API, as its documents have it: health, data sources and dashboards, behind a service account's token."""
import http.server
import json
import threading

TOKEN = "glsa_stand_in_t0ken"
PROVISIONED = {"message": "Cannot save provisioned dashboard"}


class Handler(http.server.BaseHTTPRequestHandler):
    timeout = 5

    def do_GET(self):
        if self.path == "/api/health":
            return self.answer(200, {"commit": "0", "database": self.server.database, "version": "11.6.0"})
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return self.answer(401, {"message": "Invalid API key", "messageId": "api-key.invalid", "statusCode": 401, "traceID": ""})
        kind, _, uid = self.path.removeprefix("/api/").rpartition("/uid/")
        if kind == "datasources" and uid in self.server.sources:
            return self.answer(200, {"id": 1, "uid": uid, "type": "prometheus", "name": "Prometheus"})
        if kind == "dashboards" and uid in self.server.dashboards:
            dashboard, provisioned = self.server.dashboards[uid]
            return self.answer(200, {"meta": {"type": "db", "provisioned": provisioned, "slug": uid}, "dashboard": {**dashboard, "id": 7, "version": 3}})
        return self.answer(404, {"message": "Data source not found" if kind == "datasources" else "Dashboard not found"})

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return self.answer(401, {"message": "Invalid API key"})
        if self.path != "/api/dashboards/db" or "dashboard" not in body or not body["dashboard"].get("title"):
            return self.answer(400, {"message": "bad request data"})
        dashboard = body["dashboard"]
        if dashboard.get("id") is not None:
            return self.answer(404, {"message": "Dashboard not found", "status": "not-found"})
        there = self.server.dashboards.get(dashboard["uid"])
        if there and there[1]:
            return self.answer(400, PROVISIONED)
        if there and not body.get("overwrite"):
            return self.answer(412, {"message": "The dashboard has been changed by someone else", "status": "version-mismatch"})
        self.server.dashboards[dashboard["uid"]] = (dashboard, False)
        self.server.pushed.append(dashboard["uid"])
        return self.answer(200, {"id": 7, "slug": dashboard["uid"], "status": "success", "uid": dashboard["uid"], "url": f"/d/{dashboard['uid']}", "version": 1})

    def answer(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Tests read what was pushed."""


class GrafanaStandIn(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self):
        self.database, self.sources, self.dashboards, self.pushed = "ok", {"causal-gym-prometheus"}, {}, []
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05})
        self.thread.start()

    def close(self):
        self.shutdown()
        self.thread.join()
        self.server_close()
