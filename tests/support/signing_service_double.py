"""A service like mdmcert.download that is not ours: it keeps what it was asked, and answers as the test says."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class SigningServiceDouble:
    """`answers`: (status, body) for each request in turn; the last one is repeated."""

    def __init__(self, test, *answers):
        self.answers = list(answers) or [(200, {"result": "success"})]
        self.requests = []
        double = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, answer = double.answers.pop(0) if len(double.answers) > 1 else double.answers[0]
                double.requests.append({"path": self.path, "type": self.headers["Content-Type"],
                                        "agent": self.headers["User-Agent"], "raw": body})
                content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}/api/v1/signrequest"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()
        test.addCleanup(self.stop)

    def asked(self):
        return [json.loads(request["raw"]) for request in self.requests]

    def stop(self):
        self.http.shutdown()
        self.http.server_close()
