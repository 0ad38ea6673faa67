"""Signs in as the probe's user, to see that tokens are good at every server while keys change. Without that user, nothing is tried."""
import base64
import json

from operations.errors import CouldNotCheck
from operations.web import request_json

PROBE_SECONDS = 30  # a password costs time to check, on purpose


class TokenProbe:
    def __init__(self, stack, user):
        self.stack, self.settings, self.user = stack, stack.settings, user
        self.tokens = None

    def urls(self):
        public = self.settings.urls.public.rstrip("/")
        return [public] + (self.stack.direct_urls("app") or [public] * len(self.stack.instances("app")))

    def ask(self, url, path, body=None, token=None):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        status, answer = request_json(url + path, seconds=PROBE_SECONDS, body=body, headers=headers, trust=self.settings.urls.trust)
        if status != 200:
            raise CouldNotCheck(f"{url}{path} answered {status} to the probe's user {self.user}: {answer.get('error', {}).get('message', '')}")
        return answer["result"]

    def sign_in(self):
        if self.user:
            self.tokens = self.ask(self.urls()[0], "/api/v1/auth/sign-in", {"name": self.user, "password": self.stack.secret("probe_password")})

    def check(self):
        """Everywhere the token from before is good, and its session gives new ones, which are good too."""
        if self.user:
            old = self.tokens["access_token"]
            self.tokens = self.ask(self.urls()[0], "/api/v1/auth/refresh", {"refresh_token": self.tokens["refresh_token"]})
            for url in self.urls():
                for token in (old, self.tokens["access_token"]):
                    self.ask(url, "/api/v1/auth/me", token=token)

    def signed_by(self):
        """The id of the key of the newest token."""
        head = self.tokens["access_token"].split(".")[0]
        return json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))["kid"]
