"""Secrets of other programs' APIs: Grafana's administrator, and keys of providers of language models."""
import base64
import pathlib
import re
import sys

from operations.errors import CouldNotCheck, Refused
from operations.rolling import restart_programs
from operations.web import request
from rotation.frame import Rotation
from operations.secret_files import replace_secret

LONGEST_KEY_BYTES = 4096
PROVIDER = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
PROVIDERS = {"openai": "https://api.openai.com/v1", "anthropic": "https://api.anthropic.com"}


class GrafanaPassword(Rotation):
    name, secret = "grafana", "grafana_admin_password"
    phases = {"switch": "Grafana's administrator has the new password", "finish": "the old password is refused"}

    def absent(self):
        if not self.path().exists():
            return f"there is no secret {self.path()}"
        try:
            self.ask(self.read(), "/api/health")
        except CouldNotCheck:
            return f"there is no Grafana at {self.settings.urls.grafana}"
        return ""

    def ask(self, password, path, body=None):
        """The status of an answer to the administrator; the password travels in a header alone."""
        pair = base64.b64encode(f"{self.table['grafana_user']}:{password}".encode()).decode("ascii")
        url = self.settings.urls.grafana.rstrip("/") + path
        return request(url, seconds=self.settings.limits.http_seconds, body=body, method="PUT" if body else None,
                       headers={"Authorization": f"Basic {pair}"}, trust=self.settings.urls.trust)[0]

    def switch(self):
        if self.ask(self.next(), "/api/user") != 200:
            status = self.ask(self.read(), "/api/user/password", {"oldPassword": self.read(), "newPassword": self.next()})
            if status != 200:
                raise CouldNotCheck(f"Grafana answered {status} to the new password")
        if self.ask(self.next(), "/api/user") != 200:
            raise CouldNotCheck("Grafana refuses the new password")
        self.move()

    def finish(self):
        if self.path(".previous").exists() and self.ask(self.read(".previous"), "/api/user") == 200:
            raise CouldNotCheck("Grafana still takes the old password")
        self.forget()

    def undo(self, phase):
        if phase == "finish":
            return False
        if self.path(".previous").exists():
            self.move_back()
        if self.ask(self.read(), "/api/user") != 200:
            self.ask(self.next(), "/api/user/password", {"oldPassword": self.next(), "newPassword": self.read()})
        self.forget()
        return True


class ProviderKey(Rotation):
    """The operator has the new key from the provider; it is tried before anything changes."""

    phases = {"switch": "servers and workers use the new key, which its provider takes", "finish": "the old key is gone from this machine"}

    def __init__(self, context, provider):
        if not PROVIDER.fullmatch(provider):
            raise Refused(f"{provider!r} is no name of a provider: small letters, digits, - and _")
        self.provider, self.name, self.secret = provider, f"provider:{provider}", f"{provider}_api_key"
        super().__init__(context)
        if provider not in PROVIDERS and provider not in self.table["provider_urls"]:
            raise Refused(f"no address is known of the provider {provider}: set rotation.provider_urls")

    def absent(self):
        return ""

    def status(self, key):
        """Of the cheapest request that needs a key: the list of models."""
        base = self.table["provider_urls"].get(self.provider, PROVIDERS.get(self.provider)).rstrip("/")
        if self.provider == "anthropic":
            url, headers = base + "/v1/models", {"x-api-key": key, "anthropic-version": "2023-06-01"}
        else:
            url, headers = base + "/models", {"Authorization": f"Bearer {key}"}
        return request(url, seconds=max(10.0, self.settings.limits.http_seconds), headers=headers)[0]

    def given(self):
        source = self.context.options.source
        if self.path(".next").exists() and source is None:
            return self.read(".next")
        if source is None:
            raise Refused(f"give the new key of {self.provider} with --from FILE, or --from - and standard input")
        try:
            key = (sys.stdin.read(LONGEST_KEY_BYTES) if source == "-" else pathlib.Path(source).read_text(encoding="ascii")).strip()
        except (OSError, UnicodeDecodeError) as error:
            raise Refused(f"{source} holds no key: {getattr(error, 'strerror', None) or 'it is no text of ASCII'}") from error
        if not key or len(key) >= LONGEST_KEY_BYTES or not key.isprintable() or " " in key:
            raise Refused(f"what was given is no key of {self.provider}: it is empty, too long, or has blanks")
        return key

    def switch(self):
        key = self.given()
        status = self.status(key)
        if status in (401, 403):
            raise Refused(f"{self.provider} refuses the new key with {status}: the old one stays")
        if status != 200:
            raise CouldNotCheck(f"{self.provider} answered {status} to the new key: the old one stays")
        replace_secret(self.path(".next"), key)
        if not self.path().exists():
            replace_secret(self.path(), key)
        self.move()
        restart_programs(self.stack)
        self.health()

    def finish(self):
        self.forget()

    def undo(self, phase):
        if self.path(".previous").exists():
            self.move_back()
            restart_programs(self.stack)
        self.forget()
        return True
