// Which of a server's threads this is, for what must not run on each of them. Cost: none.
#pragma once

namespace causal_gym {

enum class ServerThread { none, reading, working, side_lane };

[[nodiscard]] ServerThread server_thread();
// Of the calling thread, from now on.
void set_server_thread(ServerThread kind);

}  // namespace causal_gym
