"""Redis: its user has both passwords while servers change over. Redis is told digests, never passwords."""
import hashlib

from operations.errors import CouldNotCheck
from operations.rolling import restart_programs
from rotation.frame import Rotation


def digest(password):
    return hashlib.sha256(password.encode()).hexdigest()


class RedisPassword(Rotation):
    name, secret = "redis", "redis_password"
    phases = {"both": "Redis takes the new password beside the old one", "switch": "every server and worker uses the new password",
              "finish": "the old password is refused"}

    def absent(self):
        return super().absent() or ("" if "redis" in self.stack.expected() else "there is no Redis")

    def both(self):
        self.change("#" + digest(self.next()))
        if not self.stack.redis_signs_in(self.next()):
            raise CouldNotCheck("Redis refuses the new password")

    def switch(self):
        self.move()
        self.stack.tell_redis(self.next())
        restart_programs(self.stack)
        self.health()

    def finish(self):
        if self.path(".previous").exists():
            self.change("!" + digest(self.read(".previous")))
            if self.stack.redis_signs_in(self.read(".previous")):
                raise CouldNotCheck("Redis still takes the old password")
        self.forget()

    def undo(self, phase):
        if phase == "finish":
            return False
        if self.path(".previous").exists():
            self.move_back()
            self.stack.tell_redis(self.read())
            restart_programs(self.stack)
        if "#" + digest(self.read()) != "#" + digest(self.next()):
            self.change("!" + digest(self.next()), missing_is_fine=True)
        self.forget()
        return True

    def change(self, rule, missing_is_fine=False):
        """Of the user's passwords, and kept where Redis finds it when it starts again."""
        try:
            self.stack.redis("ACL", "SETUSER", self.settings.redis.user or "default", rule)
        except CouldNotCheck:
            if not missing_is_fine and not rule.startswith("!"):
                raise
        answer = self.stack.redis("CONFIG", "GET", "aclfile").splitlines()
        self.stack.redis(*(["ACL", "SAVE"] if len(answer) > 1 and answer[1] else ["CONFIG", "REWRITE"]))
