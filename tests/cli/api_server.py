"""A server for scripts of tests/cli: it answers as it is told, and keeps what it was asked.

Routes are a list of objects; the first one that fits answers:

    method, path        of the request; the path with its query, or without one to fit any
    status, type        of the answer; 200 and application/json unless given
    body                an object or list (sent as JSON), or a text as it is
    accept              fits only requests whose Accept names it
    stream              instead of body: a list of what is sent piece by piece as Server-Sent Events;
                        a text is sent as it is, a number is a pause in seconds, and an object is
                        a message with its members id, event and data (JSON)
    cut                 the stream breaks off at its end, instead of being whole
    then                further answers (status, type, body, stream, cut), one for each later
                        request; the last one is repeated

Requests go to a file, one JSON object a line: method, path, authorization, type, last_event_id, body.
"""

import json
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def message(members):
    lines = [f"{name}: {members[name]}\n" for name in ("id", "event") if name in members]
    return "".join(lines) + f"data: {json.dumps(members['data'])}\n\n"


def plain(answer):
    content = answer.get("body", "")
    text = content if isinstance(content, str) else json.dumps(content)
    return answer.get("status", 200), answer.get("type", "application/json"), text.encode()


class ApiServer:
    def __init__(self, routes, log, tls):
        self.routes = routes
        self.log = log
        self.lock = threading.Lock()
        self.used = {}
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                length = int(self.headers.get("Content-Length", 0))
                answer = outer.answer(self.command, self.path, self.headers, self.rfile.read(length))
                if "stream" in answer:
                    self.send_stream(answer)
                    return
                status, kind, body = plain(answer)
                self.send_response(status)
                if kind:
                    self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

            def send_stream(self, answer):
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                try:
                    for piece in answer["stream"]:
                        if isinstance(piece, (int, float)):
                            time.sleep(piece)
                            continue
                        text = (piece if isinstance(piece, str) else message(piece)).encode()
                        self.wfile.write(f"{len(text):x}\r\n".encode() + text + b"\r\n")
                    if answer.get("cut"):
                        self.close_connection = True
                    else:
                        self.wfile.write(b"0\r\n\r\n")
                except OSError:  # who followed has left
                    self.close_connection = True

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = answer

            def log_message(self, *_):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            self.http.socket = context.wrap_socket(self.http.socket, server_side=True)
        self.url = f"http{'s' if tls else ''}://127.0.0.1:{self.http.server_address[1]}"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def answer(self, method, path, headers, body):
        with self.lock:
            with open(self.log, "a", encoding="utf-8") as log:
                log.write(json.dumps({
                    "method": method, "path": path,
                    "authorization": headers.get("Authorization"),
                    "type": headers.get("Content-Type"),
                    "last_event_id": headers.get("Last-Event-ID"),
                    "body": body.decode(errors="replace")}) + "\n")
            for number, route in enumerate(self.routes):
                fits = route["path"] in (path, path.partition("?")[0])
                accepted = route.get("accept", "") in headers.get("Accept", "")
                if fits and accepted and route.get("method", "GET") == method:
                    return self.next_answer(number, route)
        return {"status": 404, "type": "text/plain", "body": "404 page not found\n"}

    def next_answer(self, number, route):
        answers = [route, *route.get("then", [])]
        turn = self.used.get(number, 0)
        self.used[number] = turn + 1
        return answers[min(turn, len(answers) - 1)]

    def stop(self):
        self.http.shutdown()
        self.http.server_close()
