"""Stands in for GitLab's API with the notes of one merge request, on a port of loopback that it prints.

The notes are kept in the file that is its argument. It ends with its stdin.
"""
import http.server
import json
import sys
import threading
import urllib.parse

STORE = sys.argv[1]
NOTES = "/api/v4/projects/42/merge_requests/7/notes"


class Api(http.server.BaseHTTPRequestHandler):
    def answer(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def handle_request(self):
        path = urllib.parse.urlsplit(self.path).path
        if self.headers.get("PRIVATE-TOKEN") != "glpat-test":
            return self.answer(401, {"message": "401 Unauthorized"})
        with open(STORE, encoding="utf-8") as store:
            notes = json.load(store)
        length = int(self.headers.get("Content-Length") or 0)
        body = urllib.parse.parse_qs(self.rfile.read(length).decode()).get("body", [None])[0]
        if self.command == "GET" and path == "/api/v4/user":
            return self.answer(200, {"username": "project_42_bot"})
        if self.command == "GET" and path == NOTES:
            return self.answer(200, notes)
        if self.command == "POST" and path == NOTES and body:
            notes.append({"id": 100 + len(notes), "author": {"username": "project_42_bot"}, "body": body})
        elif self.command == "PUT" and path.startswith(NOTES + "/") and body:
            [note] = [note for note in notes if note["id"] == int(path.rsplit("/", 1)[1])]
            note["body"] = body
        else:
            return self.answer(404, {"message": "404 Not found"})
        with open(STORE, "w", encoding="utf-8") as store:
            json.dump(notes, store)
        self.answer(200, {})

    do_GET = do_POST = do_PUT = handle_request

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Api)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_port, flush=True)
sys.stdin.read()
