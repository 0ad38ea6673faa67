"""Many streams of events of a run that has nothing to say, open at once."""
import json
import socket
import time

from sides import MOST_SECONDS

EXPERIMENT = {"environments": ["chain-v1"], "agents": ["ideal"]}
SETTLING_SECONDS = 2


def open_stream(server, path):
    stream = socket.create_connection(("127.0.0.1", server.port), timeout=MOST_SECONDS)
    stream.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n".encode())
    return stream


def memory_of_streams(server, count):
    """What the server's memory grows by, for each stream of a run that nobody carries out."""
    run = json.loads(server.request("/api/v1/experiments", EXPERIMENT))["result"]["id"]
    path = f"/api/v1/runs/{run}/events"
    warm = [open_stream(server, path) for _ in range(10)]
    wait_for_events(warm)
    before = server.resident_bytes()
    streams = [open_stream(server, path) for _ in range(count)]
    wait_for_events(streams)
    time.sleep(SETTLING_SECONDS)
    held = (server.resident_bytes() - before) / count
    for stream in warm + streams:
        stream.close()
    return held


def wait_for_events(streams):
    """Every one has said how the run stands."""
    for stream in streams:
        text = b""
        while b"event: state" not in text:
            piece = stream.recv(4096)
            assert piece, text
            text += piece
